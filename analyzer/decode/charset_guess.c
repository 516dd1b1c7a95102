#include "charset_guess.h"

#include <stdlib.h>
#include <string.h>

#include "../support/utf8.h"
#include "charset_script.h"

/* ------------------------------------------------------------------ wide characters */

/* Units of a sample by what they are. */
struct wide_counts {
    size_t units, ascii, letters, zero_below; /* letters: characters of texts, ASCII among them; zero_below: the lower byte is zero */
};

static uint32_t unit_at(const unsigned char *at, size_t width, bool big)
{
    uint32_t value = 0;
    for (size_t i = 0; i < width; i++) value = value << 8 | at[big ? i : width - 1 - i];
    return value;
}

static bool is_ascii_text(uint32_t c)
{
    return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\r' || c == '\t';
}

/* Latin, Greek, Cyrillic, punctuation and signs, kana, Han, Hangul, full-width forms; halves of those beyond; the mark. */
bool charset_is_letter(uint32_t c)
{
    return is_ascii_text(c) || (c >= 0xA0 && c < 0x530) || (c >= 0x2000 && c < 0x2800) || (c >= 0x3000 && c < 0x3400) ||
           (c >= 0x4E00 && c < 0xA000) || (c >= 0xAC00 && c < 0xE000) || (c >= 0xFF00 && c < 0xFFF0) || c == 0xFEFF ||
           (c >= 0x10000 && c < 0x110000);
}

static struct wide_counts count_wide(struct span sample, size_t width, bool big)
{
    struct wide_counts counts = {.units = sample.len / width};
    for (size_t i = 0; i < counts.units; i++) {
        uint32_t c = unit_at((const unsigned char *)sample.at + i * width, width, big);
        counts.ascii += is_ascii_text(c);
        counts.letters += charset_is_letter(c);
        counts.zero_below += (c & 0xFF) == 0;
    }
    return counts;
}

/* Pairs of ASCII characters look like Han: the zero bytes of ASCII must be there, and few on the other side. */
bool charset_looks_wide(struct span sample, size_t width, bool big)
{
    enum { UNITS_LEAST = 8 };
    struct wide_counts counts = count_wide(sample, width, big);
    return counts.units >= UNITS_LEAST && counts.letters * 10 >= counts.units * 9 && counts.ascii * 20 >= counts.units &&
           counts.zero_below * 10 <= counts.units;
}

static bool starts_with(struct span sample, const char *mark, size_t length)
{
    return sample.len >= length && memcmp(sample.at, mark, length) == 0;
}

enum charset_kind charset_guess_wide(struct span sample)
{
    enum { SAMPLE_MAX = 8192, MARKED_MAX = 64 };
    static const struct {
        const char *mark;
        size_t mark_length, width;
        bool big;
        enum charset_kind kind;
    } sets[] = {{"\xFF\xFE\0\0", 4, 4, false, CHARSET_UTF32LE},
                {"\0\0\xFE\xFF", 4, 4, true, CHARSET_UTF32BE},
                {"\xFF\xFE", 2, 2, false, CHARSET_UTF16LE},
                {"\xFE\xFF", 2, 2, true, CHARSET_UTF16BE}};
    if (sample.len > SAMPLE_MAX) sample.len = SAMPLE_MAX;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (!starts_with(sample, sets[i].mark, sets[i].mark_length)) continue;
        /* What begins like that is believed: something else may have been joined to it. */
        size_t most = MARKED_MAX * sets[i].width;
        struct wide_counts counts = count_wide((struct span){sample.at, sample.len < most ? sample.len : most}, sets[i].width, sets[i].big);
        if (counts.letters * 10 >= counts.units * 7) return sets[i].kind;
    }
    if (sample.len == 0 || memchr(sample.at, 0, sample.len) == NULL) return CHARSET_NONE;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (charset_looks_wide(sample, sets[i].width, sets[i].big)) return sets[i].kind;
    return CHARSET_NONE;
}

bool charset_is_shift(const char *at, size_t count)
{
    if (count < 3 || at[0] != 0x1B || at[1] != '$') return false;
    return at[2] == 'B' || at[2] == '@' || (at[2] == '(' && count >= 4 && (at[3] == 'D' || at[3] == 'O' || at[3] == 'P' || at[3] == 'Q'));
}

/* ------------------------------------------------------------------ how much bytes look like text of a set */

enum { BAD = -50, FREE_PLACE = -20, RARE = 5, SIGN = 10, WIDE_LETTER = 15, COMMON = 20, KATAKANA = 25, HIRAGANA = 30, WORD = 200 };

static bool is_between(unsigned char c, unsigned char first, unsigned char last)
{
    return c >= first && c <= last;
}

/* What a pair of CP932 is worth. */
static int cp932_pair(unsigned char lead, unsigned char trail)
{
    if (!is_between(trail, 0x40, 0xFC) || trail == 0x7F) return BAD;
    if (lead == 0x81) return SIGN;
    if (lead == 0x82) return trail >= 0x9F ? HIRAGANA : WIDE_LETTER;
    if (lead == 0x83) return trail <= 0x96 ? KATAKANA : RARE;
    if (is_between(lead, 0x84, 0x87)) return 0;
    if (is_between(lead, 0x88, 0x97)) return COMMON;
    if (is_between(lead, 0x98, 0x9F) || is_between(lead, 0xE0, 0xEA)) return RARE;
    return lead >= 0xFA ? 0 : FREE_PLACE;
}

static long cp932_worth(const unsigned char *at, size_t count)
{
    enum { KANA_AMONG_KANA = 10, KANA_ALONE = -5 };
    long worth = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char c = at[i];
        if (c < 0x80) continue;
        if (is_between(c, 0xA1, 0xDF)) {
            worth += i > 0 && is_between(at[i - 1], 0xA1, 0xDF) ? KANA_AMONG_KANA : KANA_ALONE;
        } else if (is_between(c, 0x81, 0x9F) || is_between(c, 0xE0, 0xFC)) {
            if (i + 1 == count) break;
            int pair = cp932_pair(c, at[i + 1]);
            worth += pair;
            i += pair != BAD;
        } else {
            worth += BAD;
        }
    }
    return worth;
}

static int euc_pair(unsigned char lead)
{
    if (lead <= 0xA2) return SIGN;
    if (lead == 0xA3) return WIDE_LETTER;
    if (lead == 0xA4) return HIRAGANA;
    if (lead == 0xA5) return KATAKANA;
    if (lead <= 0xA8) return 0;
    if (is_between(lead, 0xB0, 0xCF)) return COMMON;
    return is_between(lead, 0xD0, 0xF4) ? RARE : FREE_PLACE;
}

static long euc_jp_worth(const unsigned char *at, size_t count)
{
    long worth = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char c = at[i];
        if (c < 0x80) continue;
        size_t length = c == 0x8F ? 3 : 2;
        if (count - i < length) break;
        bool whole = c == 0x8E ? is_between(at[i + 1], 0xA1, 0xDF) : (c == 0x8F || c >= 0xA1) && at[i + 1] >= 0xA1 && at[i + length - 1] >= 0xA1;
        if (!whole || c == 0xFF) {
            worth += BAD;
            continue;
        }
        worth += c == 0x8E ? RARE : c == 0x8F ? -RARE : euc_pair(c);
        i += length - 1;
    }
    return worth;
}

static int gb_pair(unsigned char lead, unsigned char trail)
{
    enum { EXTENSION = -2, COMMON_SECOND = 6 };
    if (lead <= 0xA0 || trail < 0xA1) return EXTENSION;
    if (lead <= 0xA3) return SIGN;
    if (lead <= 0xA5) return 0;
    if (lead <= 0xAF) return -RARE;
    if (lead <= 0xD7) return COMMON;
    return lead <= 0xF7 ? COMMON_SECOND : FREE_PLACE;
}

static long gb18030_worth(const unsigned char *at, size_t count)
{
    long worth = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char c = at[i];
        if (c < 0x80) continue;
        if (i + 1 == count) break;
        if (is_between(at[i + 1], '0', '9')) {
            if (count - i < 4) break;
            bool whole = is_between(at[i + 2], 0x81, 0xFE) && is_between(at[i + 3], '0', '9');
            worth += whole ? 0 : BAD;
            i += whole ? 3 : 0;
        } else {
            bool whole = is_between(c, 0x81, 0xFE) && is_between(at[i + 1], 0x40, 0xFE) && at[i + 1] != 0x7F;
            worth += whole ? gb_pair(c, at[i + 1]) : BAD;
            i += whole;
        }
    }
    return worth;
}

static bool is_ascii_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool is_western_letter(unsigned char c)
{
    return c >= 0xC0 && c != 0xD7 && c != 0xF7;
}

/* Accents stand alone between letters of ASCII, signs alone between anything. UTF-8 among them says nothing. */
static long cp1252_worth(const unsigned char *at, size_t count)
{
    enum { LETTER_AMONG_LETTERS = 25, LETTER_ALONE = 8, IN_RUN = -20 };
    long worth = 0;
    for (size_t i = 0, run = 0; i < count; i += run) {
        run = utf8_length(at + i, count - i);
        if (run > 0) continue;
        while (i + run < count && at[i + run] >= 0x80) run++;
        bool joins = (i > 0 && is_ascii_letter(at[i - 1])) || (i + run < count && is_ascii_letter(at[i + run]));
        bool letters = is_western_letter(at[i]) && is_western_letter(at[i + run - 1]);
        bool is_free = at[i] == 0x81 || at[i] == 0x8D || at[i] == 0x8F || at[i] == 0x90 || at[i] == 0x9D;
        if (run > 2) worth += IN_RUN * (long)run;
        else if (letters) worth += joins ? LETTER_AMONG_LETTERS : LETTER_ALONE;
        else worth += run == 1 && !is_free ? SIGN : IN_RUN;
    }
    return worth;
}

/* ------------------------------------------------------------------ words */

static const char *const words_of_japan[] = {"緯度", "経度", "車台", "車両", "番号", "会員", "顧客", "契約", "登録", "氏名", "住所",
                                             "電話", "日時", "日付", "時刻", "年月日", "位置", "車種", "端末", "お客様", "名称"};
static const char *const words_of_china[] = {"纬度", "经度", "车架", "车辆", "车牌", "编号", "会员", "客户", "合同", "姓名", "地址",
                                             "电话", "手机", "时间", "日期", "位置", "名称", "号码", "设备", "终端"};

/* Adds what the words are worth that stand in a sample of that set. */
static enum status words_add(struct span sample, enum charset_kind kind, const char *const *words, size_t word_count, long *worth)
{
    size_t room = 3 * sample.len + CHARSET_ROOM;
    struct converter *converter;
    enum status status = converter_open(kind, &converter);
    if (status != STATUS_OK) return status == STATUS_DAMAGED ? STATUS_OK : status;
    char *text = malloc(room);
    if (text != NULL) (void)converter_run(converter, sample.at, sample.len, true, text, &room);
    for (size_t i = 0; i < word_count && text != NULL; i++)
        if (memmem(text, room, words[i], strlen(words[i])) != NULL) *worth += WORD;
    converter_close(converter);
    status = text == NULL ? STATUS_FATAL : STATUS_OK;
    free(text);
    return status;
}

/* ------------------------------------------------------------------ the guess */

/* Whether it is UTF-8, but for bytes that are fewer than a quarter of its characters beyond ASCII. The sample's last one may be cut. */
static bool is_utf8(struct span sample)
{
    size_t whole = 0, odd = 0;
    for (size_t i = 0; i < sample.len;) {
        unsigned char c = (unsigned char)sample.at[i];
        size_t length = utf8_length((const unsigned char *)sample.at + i, sample.len - i);
        if (length == 0 && c >= 0xC2 && sample.len - i < 4) break;
        whole += length > 1;
        odd += length == 0;
        i += length == 0 ? 1 : length;
    }
    return odd * 4 <= whole;
}

/* Zero bytes are no sign: some write them between values. */
static bool is_binary(struct span sample)
{
    size_t controls = 0;
    for (size_t i = 0; i < sample.len; i++) {
        unsigned char c = (unsigned char)sample.at[i];
        controls += c < 0x20 && c != '\0' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B;
    }
    return controls * 50 > sample.len;
}

static bool is_iso_2022_jp(struct span sample)
{
    if (!charset_is_shift(sample.at, sample.len)) return false;
    for (size_t i = 0; i < sample.len; i++)
        if ((unsigned char)sample.at[i] >= 0x80) return false;
    return true;
}

enum status charset_guess(struct span sample, enum charset_kind *kind)
{
    enum { WORTH_LEAST = 4, JAPAN = sizeof words_of_japan / sizeof words_of_japan[0], CHINA = sizeof words_of_china / sizeof words_of_china[0] };
    const unsigned char *at = (const unsigned char *)sample.at;
    *kind = is_iso_2022_jp(sample) ? CHARSET_ISO_2022_JP : CHARSET_NONE;
    if (*kind != CHARSET_NONE || is_utf8(sample) || is_binary(sample)) return STATUS_OK;
    *kind = charset_guess_script(sample);
    if (*kind != CHARSET_NONE) return STATUS_OK;
    long high = 0;
    for (size_t i = 0; i < sample.len; i++) high += at[i] >= 0x80;
    struct {
        enum charset_kind kind;
        const char *const *words;
        size_t word_count;
        long worth;
    } sets[] = {{CHARSET_CP932, words_of_japan, JAPAN, cp932_worth(at, sample.len)},
                {CHARSET_EUC_JP, words_of_japan, JAPAN, euc_jp_worth(at, sample.len)},
                {CHARSET_GB18030, words_of_china, CHINA, gb18030_worth(at, sample.len)},
                {CHARSET_CP1252, NULL, 0, cp1252_worth(at, sample.len)}};
    size_t best = 0;
    long japan = 0, others = 0;
    enum status status = words_add(sample, CHARSET_GB18030, words_of_japan, JAPAN, &japan);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0] && status == STATUS_OK; i++) {
        long words = 0;
        if (sets[i].words != NULL) status = words_add(sample, sets[i].kind, sets[i].words, sets[i].word_count, &words);
        sets[i].worth += words;
        if (sets[i].words == words_of_japan && words > others) others = words;
        if (sets[i].worth > sets[best].worth) best = i;
    }
    if (status != STATUS_OK) return status;
    /* The kana of GB18030 are those of EUC-JP, so that of Japanese in it the words must tell: two of them are not there by chance. */
    if (japan >= 2 * WORD && japan > others) {
        *kind = CHARSET_GB18030;
        return STATUS_OK;
    }
    *kind = high > 0 && sets[best].worth >= WORTH_LEAST * high ? sets[best].kind : CHARSET_UNKNOWN;
    return STATUS_OK;
}
