#!/bin/bash
# Reads a dump with an array job of AWS Batch, and merges what its jobs counted.
#
# Usage    aws-batch.sh QUEUE NAME SHARDS     2 to 10,000 shards; the case is NAME on the file system of cases
#          The same again runs what failed: shards that are whole end at once, others go on
# Needs    aws, with a region and the right to register and submit; aws-batch.json with your image and your file systems
set -euo pipefail
if [ $# -ne 3 ]; then
    sed -n 's/^# \(Usage .*\)/\1/p' "$0" >&2
    exit 2
fi
queue=$1 name=$2 count=$3
shards=/cases/$name.$count-shards

# Batch takes any other status than 0 for a failure. 3 is none: something could not be examined, and the merged case says what.
# shellcheck disable=SC2016
scan='case=$0/$AWS_BATCH_JOB_ARRAY_INDEX
[ ! -d "$case" ] || exit 0
mkdir -p "$0"
breachtally scan /evidence --case "$case" --shard auto --shards "$1" --resume --no-progress --threads 4 --memory 6G || status=$?
[ "${status:-0}" -ne 3 ] || exit 0
exit "${status:-0}"'
# shellcheck disable=SC2016
merge='exec breachtally merge "$0"/*[0-9] --case "$1" --threads 4 --memory 6G'

# overrides SCRIPT ARGUMENT...: the command of a job, as JSON.
overrides()
{
    jq -cn '{command: (["sh", "-c"] + $ARGS.positional)}' --args -- "$@"
}

definition=$(aws batch register-job-definition --cli-input-json "file://$(dirname "$0")/aws-batch.json" --query jobDefinitionArn --output text)
array=$(aws batch submit-job --job-name "$name-shards" --job-queue "$queue" --job-definition "$definition" \
    --array-properties "size=$count" --container-overrides "$(overrides "$scan" "$shards" "$count")" --query jobId --output text)
# It begins when all of the array have succeeded, and fails without having begun when one has not.
aws batch submit-job --job-name "$name-merge" --job-queue "$queue" --job-definition "$definition" --depends-on "jobId=$array" \
    --retry-strategy attempts=1 --container-overrides "$(overrides "$merge" "$shards" "/cases/$name")" --query jobId --output text
