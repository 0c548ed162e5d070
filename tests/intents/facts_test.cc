// Facts as a table: text, name, value, and the words of the original that the span covers.
#include "intents/facts.h"

#include <gtest/gtest.h>

namespace handrail::intents {
namespace {

constexpr std::int64_t kNow = 1'795'430'000'000;  // Monday, 2026-11-23

std::vector<Fact> facts_of(const std::string& text, const char* locale = "en") {
  static const WordBook words = [] {
    WordBook book;
    locales::Problems problems;
    book.load(std::string(HANDRAIL_SOURCE_DIR) + "/intents", problems);
    for (const auto& problem : problems) ADD_FAILURE() << locales::to_text(problem);
    return book;
  }();
  return extract_facts(text, locales::fold(text), {&words.of(locale), &words.of("en")}, kNow);
}

struct Row {
  const char* text;
  const char* name;
  const char* value;
  const char* words;
  const char* locale = "en";
};

TEST(Facts, AreTakenWithTheirSpan) {
  const Row rows[] = {
      {"you charged $39 yesterday", "amount", "3900", "$39"},
      {"you charged me 39.99 dollars", "amount", "3999", "39.99 dollars"},
      {"I paid 1,299.00 USD", "amount", "129900", "1,299.00 USD"},
      {"از من ۲۰ دلار کم شد", "amount", "2000", "۲۰ دلار", "fa"},
      {"20 dolar kam shod", "amount", "2000", "20 dolar", "fa-Latn"},
      {"you charged me yesterday", "date", "2026-11-22", "yesterday"},
      {"پریروز پول کم شد", "date", "2026-11-21", "پریروز", "fa"},
      {"charged two weeks ago", "date", "2026-11-09", "two weeks ago"},
      {"سه روز پیش کم شد", "date", "2026-11-20", "سه روز پیش", "fa"},
      {"the day before yesterday", "date", "2026-11-21", "day before yesterday"},
      {"charged 3 days ago", "date", "2026-11-20", "3 days ago"},
      {"charged on March 3rd", "date", "2026-03-03", "March 3rd"},
      {"charged on 3 December", "date", "2025-12-03", "3 December"},
      {"on 2026-10-05 you took it", "date", "2026-10-05", "2026-10-05"},
      {"last Tuesday I paid", "date", "2026-11-17", "last Tuesday"},
      {"۵ مهر پول کم شد", "date", "2026-09-27", "۵ مهر", "fa"},
      {"make sure it doesn't renew on 12 April", "date", "2027-04-12", "12 April"},
      {"it renewed on 12 April, I want it back", "date", "2026-04-12", "12 April"},
      {"I paid on 12 April, it must not renew", "date", "2026-04-12", "12 April"},
      {"planım cuma günü yenileniyorsa iptal edin", "date", "2026-11-27", "cuma günü", "tr"},
      {"صفر كريدت من يوم الجمعة", "date", "2026-11-20", "من يوم الجمعة", "ar"},
      {"martta 29 dolar çekildi", "amount", "2900", "29 dolar", "tr"},
      {"с меня списали 1 990 рублей", "amount", "199000", "1 990 рублей", "ru"},
      {"any news on ticket #1042?", "ticket_number", "1042", "1042"},
      {"1042 numaralı talebim ne oldu", "ticket_number", "1042", "1042", "tr"},
      {"1042 nolu talep hakkında", "ticket_number", "1042", "1042", "tr"},
      {"20938 numaralı siparişim", "order_id", "20938", "20938", "tr"},
      {"1042号工单怎么样了", "ticket_number", "1042", "1042", "zh"},
      {"1042番のチケットはどうなりましたか", "ticket_number", "1042", "1042", "ja"},
      {"my card ending in 4242", "last4", "4242", "4242"},
      {"it was the card **** 4242", "last4", "4242", "4242"},
      {"\u2022\u2022\u2022\u2022 \u2022\u2022\u2022\u2022 \u2022\u2022\u2022\u2022 "
       "\u06F4\u06F2\u06F4\u06F2",
       "last4", "4242", "\u06F4\u06F2\u06F4\u06F2"},
      {"write to ana@mail.example.", "email", "ana@mail.example", "ana@mail.example"},
      {"I used none of the credits", "unused_credits", "true", "used none"},
      {"I haven't used them", "unused_credits", "true", "haven't used"},
      {"هیچی استفاده نکردم", "unused_credits", "true", "استفاده نکردم", "fa"},
      {"charged before I cancelled", "charged_before_cancelling", "true", "before I cancelled"},
      {"you charged me twice", "charged_twice", "true", "twice"},
      {"charged even though I had cancelled", "charged_after_cancelling", "true",
       "even though I had cancelled"},
      {"that payment was a mistake", "by_mistake", "true", "was a mistake"},
      {"it was by mistake", "by_mistake", "true", "by mistake"},
      {"CHF 12.- abgebucht", "amount", "1200", "CHF 12", "de"},
      {"mir wurden 19,99 euro abgebucht", "amount", "1999", "19,99 euro", "de"},
      {"vor drei tagen abgebucht", "date", "2026-11-20", "vor drei tagen", "de"},
      {"am 3. märz", "date", "2026-03-03", "3. märz", "de"},
      {"am 14.03.2026 wurde abgebucht", "date", "2026-03-14", "14.03.2026", "de"},
      {"me cobraron 15 euros ayer", "date", "2026-11-22", "ayer", "es"},
      {"hace 2 semanas me cobraron", "date", "2026-11-09", "hace 2 semanas", "es"},
      {"el 3 de marzo de 2026", "date", "2026-03-03", "3 de marzo de 2026", "es"},
      {"il y a trois jours", "date", "2026-11-20", "il y a trois jours", "fr"},
      {"prélevé 9,99 €", "amount", "999", "9,99 €", "fr"},
      {"ontem cobraram R$ 49,90", "amount", "4990", "R$ 49,90", "pt"},
      {"anteontem", "date", "2026-11-21", "anteontem", "pt"},
      {"сняли 500 рублей", "amount", "50000", "500 рублей", "ru"},
      {"позавчера сняли деньги", "date", "2026-11-21", "позавчера", "ru"},
      {"5 марта списали", "date", "2026-03-05", "5 марта", "ru"},
      {"3 gün önce 100 lira çekildi", "date", "2026-11-20", "3 gün önce", "tr"},
      {"100 lira çekildi", "amount", "10000", "100 lira", "tr"},
      {"昨天被扣了39美元", "amount", "3900", "39美元", "zh"},
      {"昨天被扣了39美元", "date", "2026-11-22", "昨天", "zh"},
      {"3天前扣款", "date", "2026-11-20", "3天前", "zh"},
      {"3月5日被扣", "date", "2026-03-05", "3月5日", "zh"},
      {"1000円返してください", "amount", "1000", "1000円", "ja"},
      {"3日前に引き落とされました", "date", "2026-11-20", "3日前", "ja"},
      {"कल 499 रुपये कट गए", "amount", "49900", "499 रुपये", "hi"},
      {"तीन दिन पहले पैसे कटे", "date", "2026-11-20", "तीन दिन पहले", "hi"},
      {"قبل ٣ أيام سحبتوا مني ٢٠ دولار", "amount", "2000", "٢٠ دولار", "ar"},
      {"قبل ٣ أيام سحبتوا مني", "date", "2026-11-20", "قبل ٣ أيام", "ar"},
      {"die Bestellung Nr. AB-20418", "order_id", "ab-20418", "AB-20418", "de"},
      {"que pasó con el ticket 1042", "ticket_number", "1042", "1042", "es"},
      {"订单号：88123", "order_id", "88123", "88123", "zh"},
      {"die karte endet auf 4242", "last4", "4242", "4242", "de"},
      {"mir wurde zweimal abgebucht", "charged_twice", "true", "", "de"},
      {"no usé ninguno de los créditos y me cobraron", "unused_credits", "true", "", "es"},
  };
  for (const Row& row : rows) {
    const auto facts = facts_of(row.text, row.locale);
    bool found = false;
    for (const Fact& fact : facts) {
      if (fact.name != row.name) continue;
      found = true;
      EXPECT_EQ(fact.value, row.value) << row.text;
      if (*row.words != '\0') {
        EXPECT_EQ(locales::slice_code_points(row.text, fact.begin, fact.end), row.words)
            << row.text;
      }
    }
    EXPECT_TRUE(found) << row.text << ": no " << row.name;
  }
}

TEST(Facts, AreNotInvented) {
  const std::pair<const char*, const char*> nothing[] = {{"how can I cancel?", "en"},
                                                         {"I have 3 questions", "en"},
                                                         {"may I ask something", "en"},
                                                         {"I used it twice", "en"},
                                                         {"I was not charged twice", "en"},
                                                         {"سلام خوبی", "fa"},
                                                         {"ich habe 3 Fragen", "de"},
                                                         {"no me cobraron dos veces", "es"},
                                                         {"特别好，谢谢", "zh"},
                                                         {"3回ログインしました", "ja"},
                                                         {"у меня 2 вопроса", "ru"},
                                                         {"order a pizza", "en"},
                                                         {"I wrote my ticket 2 times", "en"},
                                                         {"20号申请的退款还没到", "zh"},
                                                         {"talebim 5 kez reddedildi", "tr"}};
  for (const auto& [text, locale] : nothing) {
    for (const Fact& fact : facts_of(text, locale)) {
      ADD_FAILURE() << text << ": " << fact.name << " = " << fact.value;
    }
  }
}

}  // namespace
}  // namespace handrail::intents
