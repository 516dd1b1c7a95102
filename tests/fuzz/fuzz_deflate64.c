/* Reads any bytes as a stream of deflate64, and as the plain text of one.
 *
 * Holds    no crash; how the bytes come and how much room there is for what they become does not show; a stream of zlib's that has no
 *          match of 258 bytes (which deflate64 writes otherwise) gives its text back, and is taken to its last byte
 * Input    its first byte says how zlib is to pack
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_deflate64 (make test)
 */
#include <zlib.h>

#include "../../analyzer/decode/frame_codec.h"
#include "insisting.h"

enum { OUT_MAX = 1 << 18, LONGEST = 258 };

struct decoded {
    uint8_t *at;
    size_t length, taken;
    enum frame_result result;
};

static struct decoded decode(const uint8_t *packed, size_t length, size_t piece, size_t room)
{
    struct decoded decoded = {.at = malloc(OUT_MAX), .result = FRAME_MORE};
    void *state = frame_deflate64.open();
    insist(decoded.at != NULL && state != NULL && frame_deflate64.reset(state), "there is memory");
    for (bool moves = true; moves && decoded.result == FRAME_MORE && decoded.length < OUT_MAX;) {
        size_t given = length - decoded.taken < piece ? length - decoded.taken : piece, count = 0;
        size_t space = OUT_MAX - decoded.length < room ? OUT_MAX - decoded.length : room;
        uint8_t *in = (uint8_t *)copy_of(packed + decoded.taken, given, 0), *out = malloc(space);
        const uint8_t *input = in;
        insist(out != NULL, "there is memory");
        decoded.result = frame_deflate64.run(state, &input, given, out, space, &count);
        insist(input >= in && input <= in + given && count <= space, "no more is taken or given than there is");
        memcpy(decoded.at + decoded.length, out, count);
        decoded.length += count;
        decoded.taken += (size_t)(input - in);
        moves = count > 0 || input > in;
        free(out);
        free(in);
    }
    frame_deflate64.close(state);
    return decoded;
}

static void check_pieces(const uint8_t *packed, size_t length, const struct decoded *whole)
{
    static const size_t pieces[][2] = {{1, 1}, {3, 4096}, {4096, 7}};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (whole->length > 1 << 14 && pieces[i][1] < 64) continue;
        struct decoded again = decode(packed, length, pieces[i][0], pieces[i][1]);
        insist(again.length == whole->length && memcmp(again.at, whole->at, whole->length) == 0, "pieces do not show");
        insist(whole->length == OUT_MAX || (again.result == whole->result && again.taken == whole->taken), "pieces do not show in how it ends");
        free(again.at);
    }
}

/* Whether a match that is as long as deflate allows could be there, within the smallest window of zlib. */
static bool may_match_longest(const uint8_t *plain, size_t length)
{
    enum { DISTANCE_MAX = 512 };
    for (size_t distance = 1; distance <= DISTANCE_MAX; distance++)
        for (size_t at = distance, run = 0; at < length; at++) {
            run = plain[at] == plain[at - distance] ? run + 1 : 0;
            if (run >= LONGEST) return true;
        }
    return false;
}

static void check_packed(const uint8_t *plain, size_t length, unsigned how)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED, Z_FILTERED};
    enum { WINDOW_BITS = 9 };
    z_stream packer = {.next_in = (Bytef *)(uintptr_t)plain, .avail_in = (uInt)length};
    insist(deflateInit2(&packer, (int)(how / 4 % 10), Z_DEFLATED, -WINDOW_BITS, 1, strategies[how % 4]) == Z_OK, "zlib begins");
    size_t room = deflateBound(&packer, length) + 64;
    uint8_t *packed = malloc(room);
    insist(packed != NULL, "there is memory");
    packer.next_out = packed;
    packer.avail_out = (uInt)room;
    insist(deflate(&packer, Z_FINISH) == Z_STREAM_END, "zlib packs");
    size_t packed_length = packer.total_out;
    deflateEnd(&packer);
    struct decoded decoded = decode(packed, packed_length, packed_length, OUT_MAX);
    insist(decoded.result == FRAME_END && decoded.taken == packed_length, "a stream is taken to its end");
    insist(decoded.length == length && memcmp(decoded.at, plain, length) == 0, "what was packed is unpacked");
    free(decoded.at);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    const uint8_t *bytes = data + 1;
    size_t length = size - 1;
    (void)frame_deflate64.begins(bytes, length);
    struct decoded whole = decode(bytes, length, length, OUT_MAX);
    check_pieces(bytes, length, &whole);
    free(whole.at);
    if (length < OUT_MAX && !may_match_longest(bytes, length)) check_packed(bytes, length, data[0]);
    return 0;
}
