#include "intents/facts.h"

#include <unicode/calendar.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "intents/statements.h"

namespace handrail::intents {
namespace {

using std::chrono::sys_days;

struct Token {
  std::string text;       // folded, UTF-8
  std::size_t begin = 0;  // in folded code points
  std::size_t end = 0;
  bool number = false;
};

constexpr std::size_t kLastDigits = 4;  // of a card, as receipts show them

bool is_mask(char32_t c) { return c == U'*' || c == U'\u2022' || c == U'\u00B7' || c == U'\u25CF'; }

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

// Words and numbers ("39.99" is one number), and the signs $ € £ # / - on their own.
std::vector<Token> tokenize(const std::u32string& text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    bool number = false;
    if (is_digit(text[i])) {
      number = true;
      while (end < text.size() &&
             (is_digit(text[end]) ||
              ((text[end] == '.' || text[end] == ',' || text[end] == U'٫' || text[end] == U'٬') &&
               end + 1 < text.size() && is_digit(text[end + 1])))) {
        ++end;
      }
    } else if ((text[i] >= 'a' && text[i] <= 'z') || text[i] >= 0xAA) {
      if (text[i] == U'€' || text[i] == U'£' || text[i] == U'،' || text[i] == U'؟' ||
          text[i] == U'؛') {
        end = i + 1;
      } else {
        while (end < text.size() &&
               ((text[end] >= 'a' && text[end] <= 'z') ||
                (text[end] >= 0xAA && text[end] != U'،' && text[end] != U'؟' && text[end] != U'؛' &&
                 text[end] != U'’' && text[end] != U'€' && text[end] != U'£'))) {
          ++end;
        }
      }
    } else if (text[i] == '$' || text[i] == '#' || text[i] == '/' || text[i] == '-') {
      end = i + 1;
    }
    if (end == i) {
      ++i;
      continue;
    }
    tokens.push_back(
        {locales::to_utf8(std::u32string_view(text).substr(i, end - i)), i, end, number});
    i = end;
  }
  return tokens;
}

struct CurrencyWord {
  const char* word;
  const char* code;
  int digits;
};
constexpr CurrencyWord kCurrencies[] = {
    {"$", "USD", 2},     {"dollar", "USD", 2},  {"dollars", "USD", 2}, {"usd", "USD", 2},
    {"bucks", "USD", 2}, {"€", "EUR", 2},       {"euro", "EUR", 2},    {"euros", "EUR", 2},
    {"eur", "EUR", 2},   {"£", "GBP", 2},       {"pound", "GBP", 2},   {"pounds", "GBP", 2},
    {"gbp", "GBP", 2},   {"دلار", "USD", 2},    {"یورو", "EUR", 2},    {"پوند", "GBP", 2},
    {"dolar", "USD", 2}, {"dollari", "USD", 2}, {"دلاری", "USD", 2},   {"yoro", "EUR", 2},
    {"ریال", "IRR", 2},  {"rial", "IRR", 2},    {"chf", "CHF", 2},     {"yen", "JPY", 0},
    {"jpy", "JPY", 0}};
// A toman is ten rials; amounts in toman are kept in rials, the currency that has a code.
constexpr std::array<const char*, 4> kToman{"تومان", "تومن", "toman", "tooman"};

const CurrencyWord* currency(const std::string& word) {
  for (const CurrencyWord& known : kCurrencies) {
    if (word == known.word) return &known;
  }
  return nullptr;
}

// "39", "39.99", "1,299.00", "1.299,00" in minor units. A separator with exactly three digits
// behind it parts thousands.
std::optional<std::int64_t> minor_units(const std::string& number, int digits) {
  std::string whole;
  std::string fraction;
  const std::u32string text = locales::to_utf32(number);
  std::size_t last = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) last = i;
  }
  const bool has_fraction =
      last < text.size() && text.size() - last - 1 != 3 && text.size() - last - 1 <= 2;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) continue;
    (has_fraction && i > last ? fraction : whole) += static_cast<char>(text[i]);
  }
  if (whole.empty() || whole.size() > 13) return std::nullopt;
  fraction.resize(static_cast<std::size_t>(digits), '0');
  return std::stoll(whole + fraction);
}

std::string date_text(sys_days day) {
  const std::chrono::year_month_day date{day};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

int index_of(const std::string& word,
             std::initializer_list<std::initializer_list<const char*>> names) {
  int index = 0;
  for (const auto& spellings : names) {
    for (const char* spelling : spellings) {
      if (word == spelling) return index;
    }
    ++index;
  }
  return -1;
}

int gregorian_month(const std::string& word) {
  return index_of(word, {{"january", "jan", "ژانویه"},
                         {"february", "feb", "فوریه"},
                         {"march", "mar", "مارس"},
                         {"april", "apr", "اپریل"},
                         {"may", "می"},
                         {"june", "jun", "ژوئن"},
                         {"july", "jul", "جولای"},
                         {"august", "aug", "اوت"},
                         {"september", "sep", "sept", "سپتامبر"},
                         {"october", "oct", "اکتبر"},
                         {"november", "nov", "نوامبر"},
                         {"december", "dec", "دسامبر"}});
}

int persian_month(const std::string& word) {
  return index_of(word, {{"فروردین", "farvardin"},
                         {"اردیبهشت", "ordibehesht"},
                         {"خرداد", "khordad"},
                         {"تیر", "tir"},
                         {"مرداد", "mordad"},
                         {"شهریور", "shahrivar"},
                         {"مهر", "mehr"},
                         {"ابان", "aban"},
                         {"اذر", "azar"},
                         {"دی", "dey"},
                         {"بهمن", "bahman"},
                         {"اسفند", "esfand"}});
}

int weekday(const std::string& word) {  // 0 = Sunday
  return index_of(word, {{"sunday", "یکشنبه"},
                         {"monday", "دوشنبه"},
                         {"tuesday", "سهشنبه"},
                         {"wednesday", "چهارشنبه"},
                         {"thursday", "پنجشنبه"},
                         {"friday", "جمعه"},
                         {"saturday", "شنبه"}});
}

std::optional<sys_days> gregorian(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<sys_days> jalali(int year, int month, int day) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Calendar> calendar(icu::Calendar::createInstance(
      icu::TimeZone::getGMT()->clone(), icu::Locale("fa@calendar=persian"), status));
  if (U_FAILURE(status) || day < 1 || day > 31) return std::nullopt;
  calendar->clear();
  calendar->set(year, month - 1, day, 12, 0, 0);
  const UDate at = calendar->getTime(status);
  if (U_FAILURE(status)) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(static_cast<std::int64_t>(at))));
}

int jalali_year(std::int64_t now) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Calendar> calendar(icu::Calendar::createInstance(
      icu::TimeZone::getGMT()->clone(), icu::Locale("fa@calendar=persian"), status));
  if (U_FAILURE(status)) return 1400;
  calendar->setTime(static_cast<UDate>(now), status);
  return calendar->get(UCAL_YEAR, status);
}

// How many days a unit has: 1, 7, or 0 for any other word. Months are no fixed number of days.
int days_in(const std::string& word) {
  const int unit = index_of(
      word, {{"day", "days", "روز", "rooz", "ruz"}, {"week", "weeks", "هفته", "hafte", "haftey"}});
  return unit < 0 ? 0 : unit == 0 ? 1 : 7;
}

// Small numbers in words, as people count days; 0 for any other word.
int said_number(const std::string& word) {
  return 1 + index_of(word, {{"one", "a", "یک", "یه", "yek", "ye"},
                             {"two", "couple", "دو", "do"},
                             {"three", "سه", "se"},
                             {"four", "چهار", "chahar"},
                             {"five", "پنج", "panj"},
                             {"six", "شش", "شیش", "shish"},
                             {"seven", "هفت", "haft"}});
}

class Extractor {
 public:
  Extractor(std::string_view original, const locales::FoldedText& folded, std::int64_t now)
      : original_(locales::to_utf32(original)),
        folded_(folded),
        tokens_(tokenize(folded.text)),
        now_(now) {
    today_ = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(now)));
  }

  std::vector<Fact> run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      i += amount(i);
      i += date(i);
      numbers(i);
    }
    emails();
    for (Fact& stated : extract_statements(folded_)) facts_.push_back(std::move(stated));
    std::stable_sort(facts_.begin(), facts_.end(),
                     [](const Fact& a, const Fact& b) { return a.begin < b.begin; });
    return std::move(facts_);
  }

 private:
  const std::string& word(std::size_t i) const {
    static const std::string kNone;
    return i < tokens_.size() ? tokens_[i].text : kNone;
  }
  bool number(std::size_t i) const { return i < tokens_.size() && tokens_[i].number; }
  bool whole(std::size_t i) const {
    return number(i) && word(i).find_first_not_of("0123456789") == std::string::npos;
  }
  int small(std::size_t i) const {
    return whole(i) && word(i).size() <= 4 ? std::stoi(word(i)) : -1;
  }
  bool adjacent(std::size_t i) const {
    return i + 1 < tokens_.size() && tokens_[i].end == tokens_[i + 1].begin;
  }

  void add(const char* name, std::string value, std::size_t begin, std::size_t end,
           std::string unit = "") {
    if (begin >= end || end > folded_.origin.size()) return;
    facts_.push_back({name, std::move(value), std::move(unit), folded_.origin[begin],
                      folded_.origin[end - 1] + std::size_t{1}});
  }
  void add_tokens(const char* name, std::string value, std::size_t first, std::size_t last,
                  std::string unit = "") {
    add(name, std::move(value), tokens_[first].begin, tokens_[last].end, std::move(unit));
  }

  // Each returns how many further tokens it has used.
  std::size_t amount(std::size_t i) {
    if (const CurrencyWord* before = currency(word(i)); before != nullptr && number(i + 1)) {
      if (const auto minor = minor_units(word(i + 1), before->digits)) {
        add_tokens("amount", std::to_string(*minor), i, i + 1, before->code);
        return 1;
      }
    }
    if (!number(i)) return 0;
    if (const CurrencyWord* after = currency(word(i + 1)); after != nullptr) {
      if (const auto minor = minor_units(word(i), after->digits)) {
        add_tokens("amount", std::to_string(*minor), i, i + 1, after->code);
        return 1;
      }
    }
    // "۵۰ هزار تومان": thousands are said, not written.
    const bool thousand = word(i + 1) == "هزار" || word(i + 1) == "hezar";
    const std::size_t unit = thousand ? i + 2 : i + 1;
    for (const char* toman : kToman) {
      if (word(unit) != toman) continue;
      constexpr std::int64_t kLargest = 1'000'000'000'000;  // far above any price; times ten thousand it still fits
      if (const auto minor = minor_units(word(i), 2); minor && *minor <= kLargest) {
        add_tokens("amount", std::to_string(*minor * 10 * (thousand ? 1000 : 1)), i, unit, "IRR");
        return unit - i;
      }
    }
    return 0;
  }

  void add_date(const std::optional<sys_days>& day, std::size_t first, std::size_t last) {
    if (day) add_tokens("date", date_text(*day), first, last);
  }

  // A month and day without a year: the last time that day was, since people tell what has
  // happened.
  sys_days in_the_past(int month, int day) {
    const int year = static_cast<int>(std::chrono::year_month_day{today_}.year());
    const auto this_year = gregorian(year, month, day);
    if (this_year && *this_year <= today_) return *this_year;
    return gregorian(year - 1, month, day).value_or(today_);
  }

  std::size_t date(std::size_t i) {
    const std::string& w = word(i);
    const int ago = index_of(w, {{"today", "امروز", "emrooz", "emruz"},
                                 {"yesterday", "دیروز", "diruz", "dirooz"},
                                 {"پریروز", "pariruz", "parirooz"}});
    if (ago >= 0) {
      add_date(today_ - std::chrono::days(ago), i, i);
      return 0;
    }
    if (w == "day" && word(i + 1) == "before" && word(i + 2) == "yesterday") {
      add_date(today_ - std::chrono::days(2), i, i + 2);
      return 2;
    }
    const int unit_days = days_in(word(i + 1));
    const bool before = word(i + 2) == "ago" || word(i + 2) == "پیش" || word(i + 2) == "قبل" ||
                        word(i + 2) == "pish" || word(i + 2) == "ghabl";
    const int many = small(i) > 0 ? small(i) : said_number(w);
    if (many > 0 && unit_days > 0 && before) {
      add_date(today_ - std::chrono::days(many * unit_days), i, i + 2);
      return 2;
    }
    if (w == "last" && weekday(word(i + 1)) >= 0) {
      const int now_day = static_cast<int>(std::chrono::weekday(today_).c_encoding());
      const int back = (now_day - weekday(word(i + 1)) + 6) % 7 + 1;
      add_date(today_ - std::chrono::days(back), i, i + 1);
      return 1;
    }
    // 2026-03-14 or 1404/07/05, then 14/3/2026 or 3/14/2026.
    const bool parted = (word(i + 1) == "-" || word(i + 1) == "/") && word(i + 3) == word(i + 1) &&
                        adjacent(i) && adjacent(i + 1);
    if (parted && small(i) > 0 && small(i + 2) > 0 && small(i + 4) > 0) {
      const int a = small(i), b = small(i + 2), c = small(i + 4);
      if (a >= 1300 && a < 1500)
        add_date(jalali(a, b, c), i, i + 4);
      else if (a > 1900)
        add_date(gregorian(a, b, c), i, i + 4);
      else if (c > 1900 && a > 12)
        add_date(gregorian(c, b, a), i, i + 4);
      else if (c > 1900)
        add_date(gregorian(c, a, b), i, i + 4);
      return 4;
    }
    // "march 3", "march 3rd, 2026", "3 march 2026".
    const auto day_at = [&](std::size_t at) {
      return small(at) >= 1 && small(at) <= 31 ? small(at) : -1;
    };
    const auto year_at = [&](std::size_t at) {
      return small(at) > 1900 && small(at) < 2200 ? small(at) : -1;
    };
    const auto suffix = [&](std::size_t at) {
      return word(at) == "st" || word(at) == "nd" || word(at) == "rd" || word(at) == "th"
                 ? std::size_t{1}
                 : std::size_t{0};
    };
    if (const int month = gregorian_month(w); month >= 0 && w.size() > 2 && day_at(i + 1) > 0) {
      std::size_t last = i + 1 + suffix(i + 2);
      const int year = year_at(last + 1);
      const int day = day_at(i + 1);
      if (year > 0) ++last;
      add_date(year > 0 ? gregorian(year, month + 1, day) : in_the_past(month + 1, day), i, last);
      return last - i;
    }
    if (day_at(i) > 0) {
      const std::size_t at = i + 1 + suffix(i + 1) + (word(i + 1 + suffix(i + 1)) == "of" ? 1 : 0);
      const int day = day_at(i);
      if (const int month = gregorian_month(word(at)); month >= 0) {
        const int year = year_at(at + 1);
        const std::size_t last = year > 0 ? at + 1 : at;
        add_date(year > 0 ? gregorian(year, month + 1, day) : in_the_past(month + 1, day), i, last);
        return last - i;
      }
      if (const int month = persian_month(word(at)); month >= 0) {
        const int given = small(at + 1) >= 1300 && small(at + 1) < 1500 ? small(at + 1) : -1;
        const int year = given > 0 ? given : jalali_year(now_);
        auto at_day = jalali(year, month + 1, day);
        if (given < 0 && at_day && *at_day > today_) at_day = jalali(year - 1, month + 1, day);
        add_date(at_day, i, given > 0 ? at + 1 : at);
        return (given > 0 ? at + 1 : at) - i;
      }
    }
    return 0;
  }

  void numbers(std::size_t i) {
    const std::string& w = word(i);
    std::size_t at = i + 1;
    while (word(at) == "#" || word(at) == "number" || word(at) == "no" || word(at) == "id" ||
           word(at) == "شماره" || word(at) == "shomare")
      ++at;
    if ((w == "ticket" || w == "case" || w == "request" || w == "تیکت" || w == "پرونده" ||
         w == "درخواست" || w == "tiket") &&
        whole(at) && word(at).size() <= 9) {
      add_tokens("ticket_number", word(at), at, at);
    } else if ((w == "order" || w == "invoice" || w == "receipt" || w == "سفارش" ||
                w == "فاکتور") &&
               number(at) && word(at).size() >= 4) {
      add_tokens("order_id", word(at), at, at);
    } else if ((w == "order" || w == "invoice") && word(at + 1) == "-" && number(at + 2)) {
      add_tokens("order_id", word(at) + "-" + word(at + 2), at, at + 2);
    } else if (w == "#" && whole(i + 1) && adjacent(i) && (i == 0 || !is_number_word(i - 1))) {
      add_tokens("ticket_number", word(i + 1), i, i + 1);
    }
    // "•••• 4242", "****4242": the rest of a card number, left out by the person or by us.
    if (whole(i) && w.size() == kLastDigits && is_masked_before(tokens_[i].begin)) {
      add_tokens("last4", w, i, i);
      return;
    }
    const bool ends = (w == "ending" || w == "ends") || (w == "digits" || w == "digit") ||
                      w == "رقم" || w == "ragham";
    if (!ends) return;
    for (std::size_t k = i + 1; k <= i + 5 && k < tokens_.size(); ++k) {
      if (whole(k) && word(k).size() == kLastDigits) {
        add_tokens("last4", word(k), k, k);
        return;
      }
    }
  }
  bool is_masked_before(std::size_t at) const {
    std::size_t begin = at;
    while (begin > 0 && (folded_.text[begin - 1] == U' ' || folded_.text[begin - 1] == U'-')) --begin;
    return begin > 1 && is_mask(folded_.text[begin - 1]) && is_mask(folded_.text[begin - 2]);
  }
  bool is_number_word(std::size_t i) const {
    const std::string& w = word(i);
    return w == "ticket" || w == "case" || w == "request" || w == "order" || w == "invoice" ||
           w == "number" || w == "تیکت" || w == "پرونده";
  }

  void emails() {
    for (std::size_t i = 0; i < folded_.text.size(); ++i) {
      if (folded_.text[i] != locales::kEmailMark) continue;
      const std::size_t begin = folded_.origin[i];
      std::size_t end = begin;
      while (end < original_.size() && original_[end] > U' ' && original_[end] != U',' &&
             original_[end] != U';' && original_[end] != U')' && original_[end] != U'>' &&
             original_[end] != U'،') {
        ++end;
      }
      while (end > begin && (original_[end - 1] == U'.' || original_[end - 1] == U'!' ||
                             original_[end - 1] == U'?'))
        --end;
      facts_.push_back({"email",
                        locales::to_utf8(std::u32string_view(original_).substr(begin, end - begin)),
                        "", begin, end});
    }
  }

  std::u32string original_;
  const locales::FoldedText& folded_;
  std::vector<Token> tokens_;
  std::int64_t now_;
  sys_days today_;
  std::vector<Fact> facts_;
};

}  // namespace

std::vector<Fact> extract_facts(std::string_view original, const locales::FoldedText& folded,
                                std::int64_t now) {
  return Extractor(original, folded, now).run();
}

}  // namespace handrail::intents
