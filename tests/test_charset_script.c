/* Tests of analyzer/decode/charset_script.c: sets of one script, and what only looks a little like them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/decode/charset_script.h"

static const char russian[] = "клиент;адрес\nИванов;Машина стоит во дворе\nПетрова;улица Ленина\n";
static const char ukrainian[] = "клієнт;адреса\nШевченко;Автомобіль стоїть на вулиці\n";
static const char thai[] = "ลูกค้า,หมายเหตุ\nสมชาย,รถยนต์จอดอยู่ที่กรุงเทพมหานคร\n";
static const char korean[] = "고객,비고\n김철수,서울특별시 강남구 테헤란로 차량 등록 번호판과 주소 전화 이메일 계약 날짜 위치 정보\n";
static const char taiwanese[] = "客戶編號,車架號碼,備註\n張偉,臺北市信義區的車輛停放於路邊,功能\n";
static const char chinese[] = "客户编号,车架号,备注\n张伟,北京市海淀区的车辆停放在路边,功能\n";
static const char japanese[] = "会員番号,車台番号,備考\n田中,東京都港区の車両は駐車場にあります,予定表示\n";
static const char kanji[] = "会員番号,車台番号,緯度,経度\n田中,東京都港区,千代田区,駐車場\n";
static const char half_kana[] = "ｶｲｲﾝ,ｼｬﾀﾞｲ\nﾀﾅｶ ﾀﾛｳ,ﾄｳｷｮｳﾄ ﾐﾅﾄｸ ﾁｭｳｼｬｼﾞｮｳ\nｽｽﾞｷ,ﾖｺﾊﾏ\n";
static const char greek[] = "πελάτης;σημείωση\nΓεώργιος;το αυτοκίνητο στην Αθήνα\n";
static const char hebrew[] = "לקוח,הערה\nכהן,הרכב חונה בתל אביב ליד הבית\n";
static const char french[] = "numéro;voiture garée à côté d'une école\nÉlodie;présence, élève, été\n";

static void expect(const char *text, const char *set, enum charset_kind expected)
{
    iconv_t converter = iconv_open(set, "UTF-8");
    if (converter == (iconv_t)-1) fail_msg("no %s", set);
    char bytes[512], *from = (char *)(uintptr_t)text, *to = bytes;
    size_t length = strlen(text), room = sizeof bytes;
    if (iconv(converter, &from, &length, &to, &room) == (size_t)-1) fail_msg("the text is no %s: %s", set, from);
    iconv_close(converter);
    enum charset_kind kind = charset_guess_script((struct span){bytes, (size_t)(to - bytes)});
    if (kind != expected) fail_msg("%.40s in %s: %s instead of %s", text, set, charset_kind_name(kind), charset_kind_name(expected));
}

static void a_line_or_two_are_enough(void **unused)
{
    (void)unused;
    expect(russian, "CP1251", CHARSET_CP1251);
    expect(russian, "KOI8-R", CHARSET_KOI8_R);
    expect(ukrainian, "CP1251", CHARSET_CP1251);
    expect(thai, "CP874", CHARSET_TIS_620);
    expect(korean, "EUC-KR", CHARSET_EUC_KR);
    expect(taiwanese, "BIG5", CHARSET_BIG5);
}

static void what_is_of_another_set_is_none(void **unused)
{
    (void)unused;
    expect(chinese, "GB18030", CHARSET_NONE);
    expect(japanese, "CP932", CHARSET_NONE);
    expect(japanese, "EUC-JP", CHARSET_NONE);
    expect(kanji, "EUC-JP", CHARSET_NONE);
    expect(kanji, "CP932", CHARSET_NONE);
    expect(half_kana, "CP932", CHARSET_NONE);
    expect(greek, "CP1253", CHARSET_NONE);
    expect(hebrew, "CP1255", CHARSET_NONE);
    expect(french, "CP1252", CHARSET_NONE);
    expect(russian, "CP866", CHARSET_NONE);
    expect("Ёж", "CP1251", CHARSET_NONE); /* too little to say */
    expect("", "CP1251", CHARSET_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_or_two_are_enough), cmocka_unit_test(what_is_of_another_set_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
