/* What a case knows beside its counts: how it was made, its ledger, its sums, and which runs belong to it.
 *
 * Shape    scan at rest -> case_state_write -> tally/state.run -> case_state_read -> scan that goes on, merge, show
 * Commit   runs are written first, under new names; state.run replaces the one before in one step, and only what it
 *          names counts. So a kill at any moment leaves the last state whole
 * Ranges   of files stand in the list as pieces, each in its shard's state and, as elsewhere, in those of all others
 * Pieces   all others are the ledger's (evidence/ledger.h). What of it is in its file is only named here, so that a state costs
 *          no more, however many pieces there were
 * File     a run (tally/run.h) of RUN_CONTENT_STATE. Keys: "a" how it was made, "b" sums, "c" the profile's bytes,
 *          "o" and the ledger index (u32, the highest byte first) for each object of the list, "p" and a number (likewise) for
 *          each part of the ledger
 * Owns     all that case_state_read made, until case_state_free. What is written is only borrowed
 */
#ifndef CASE_STATE_H
#define CASE_STATE_H

#include "../evidence/walk.h"
#include "../tally/runs.h"
#include "feed.h"
#include "sums.h"

enum { RUN_CONTENT_STATE = 3 };
#define STATE_NAME "state.run"

/* A set of names of files in tally/. */
struct names {
    char **names;
    size_t count, capacity;
};
bool names_add(struct names *names, const char *name); /* false: no memory */
void names_free(struct names *names);

struct case_state {
    char *version;        /* of the program that made it */
    char *settings;       /* options that decide what is counted, as text */
    bool profile_given;
    struct bytes profile; /* the profile as it was read */
    bool roster_given;
    uint8_t roster[SHA256_BYTES]; /* of the roster's bytes */
    bool aware_given;
    int64_t aware_s;      /* when it became known, seconds since 1970 UTC */
    uint8_t listing[SHA256_BYTES]; /* of paths and sizes of all that was walked: the same for all shards of one scan */
    bool hash, distinct;  /* --hash sha256, --records-distinct exact */
    bool finished;        /* all objects that are not elsewhere are done */
    uint32_t shard_count; /* 1: no shards */
    uint8_t *shards;      /* shard_count bits: which are in it */
    uint32_t next_number; /* of the next run */
    struct names holders, digests; /* runs */
    struct names booked;  /* the run of what attribution booked on customers, where there is one */
    struct sums sums;
    struct object_list list;
    struct object_progress *progress;
    size_t progress_count;
    struct object_piece *pieces; /* those of the list: ranges */
    size_t piece_count;
    uint64_t checksum;    /* of the run it was read from, which tells it from any other; 0: it was not read */
};

void case_state_free(struct case_state *state);

static inline bool shard_is_in(const struct case_state *state, uint32_t shard)
{
    return ((unsigned)state->shards[shard / 8] >> shard % 8 & 1u) != 0;
}

/* Puts the ranges in the order of files and numbers, in which they are found. */
void case_state_sort_pieces(struct case_state *state);

/* The pieces of the list by files and numbers: NULL for none. */
const struct object_piece *case_state_range(const struct case_state *state, uint32_t file, uint32_t piece);

/* Where the ledger's file lies and what it is sealed with. */
struct ledger_place case_ledger_place(int directory, const struct run_identity *identity, uint64_t held_bytes);

/* Replaces the state in the folder. Fails    FATAL: no memory, disk full. */
MUST_USE enum status case_state_write(int directory, const struct run_identity *identity, const struct case_state *state,
                                      struct fault *fault);

/* Reads it; identity->content does not matter. Fails    END: there is none. USAGE: of another key or program. DAMAGED. FATAL. */
MUST_USE enum status case_state_read(int directory, const struct run_identity *identity, struct case_state *state,
                                     struct fault *fault);

/* Digest of paths, sizes and what is skipped. Fails    false: no SHA-256. */
bool listing_digest(const struct object_list *list, uint8_t digest[SHA256_BYTES]);

#endif
