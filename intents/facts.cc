#include "intents/facts.h"

#include <unicode/uchar.h>
#include <unicode/ucurr.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "intents/calendar.h"
#include "intents/letters.h"

namespace handrail::intents {
namespace {

constexpr std::size_t kLastDigits = 4;  // of a card, as receipts show them
constexpr std::size_t kCardReach = 24;  // code points between "ending in" and the digits
constexpr std::size_t kComingReach = 24;  // code points between "renews" and the day
constexpr std::u32string_view kClauseEnds = U".,;!?\n\u060C\u061F\u3002\uFF0C\u3001\u0964";
constexpr std::size_t kLongestTicketNumber = 9;
constexpr std::size_t kShortestOrderId = 4;
// Of a number that is only near the word: "20号申请" was asked for on the 20th, "my ticket 2 times" is no number either.
constexpr std::size_t kShortestNearby = 3;
constexpr std::size_t kThousandsGroup = 3;
constexpr std::size_t kLongestWhole = 13;  // digits of an amount
constexpr std::int64_t kLargestToman =
    1'000'000'000'000;  // far above any price; times ten thousand it still fits
constexpr std::array<std::u32string_view, 9> kOrdinals{U"st",     U"nd",     U"rd", U"th", U"er",
                                                       U"\u00BA", U"\u00AA", U"o",  U"."};

struct CurrencySign {
  std::u32string_view text;
  const char* code;
};
// What is understood in every language; a language's own words come first. Folded.
constexpr std::array<CurrencySign, 30> kCurrencySigns{
    {{U"r$", "BRL"},     {U"us$", "USD"},    {U"$", "USD"},      {U"\u20AC", "EUR"},
     {U"\u00A3", "GBP"}, {U"\u00A5", "JPY"}, {U"\u20B9", "INR"}, {U"\u20BD", "RUB"},
     {U"\u20BA", "TRY"}, {U"\u20A9", "KRW"}, {U"\u20AA", "ILS"}, {U"usd", "USD"},
     {U"eur", "EUR"},    {U"gbp", "GBP"},    {U"chf", "CHF"},    {U"jpy", "JPY"},
     {U"inr", "INR"},    {U"rub", "RUB"},    {U"try", "TRY"},    {U"cny", "CNY"},
     {U"brl", "BRL"},    {U"sar", "SAR"},    {U"aed", "AED"},    {U"egp", "EGP"},
     {U"cad", "CAD"},    {U"aud", "AUD"},    {U"mxn", "MXN"},    {U"irr", "IRR"},
     {U"krw", "KRW"},    {U"sek", "SEK"}}};

bool is_mask(char32_t c) { return c == U'*' || c == U'\u2022' || c == U'\u00B7' || c == U'\u25CF'; }
bool is_separator(char32_t c) {
  return c == U'.' || c == U',' || c == U'\u066B' || c == U'\u066C' || c == U'\'';
}

int digits_of(const std::string& code) {
  UErrorCode status = U_ZERO_ERROR;
  const std::u16string wide(code.begin(), code.end());
  const int digits = ucurr_getDefaultFractionDigits(wide.c_str(), &status);
  constexpr int kUsual = 2;
  // The rial's hundredth exists on paper only; receipts still count it.
  return U_FAILURE(status) || code == "IRR" ? kUsual : digits;
}

// "39", "39.99", "1,299.00", "1.299,00" in minor units. A separator with exactly three digits
// behind it parts thousands.
std::optional<std::int64_t> minor_units(std::u32string_view number, int digits) {
  std::string whole;
  std::string fraction;
  std::size_t last = number.size();
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (!is_digit(number[i])) last = i;
  }
  const std::size_t behind = last < number.size() ? number.size() - last - 1 : 0;
  const bool has_fraction = behind == 1 || behind == 2;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (is_digit(number[i]))
      (has_fraction && i > last ? fraction : whole) += static_cast<char>(number[i]);
  }
  if (whole.empty() || whole.size() > kLongestWhole) return std::nullopt;
  fraction.resize(static_cast<std::size_t>(digits), '0');
  return std::stoll(whole + fraction);
}

class Extractor {
 public:
  Extractor(std::string_view original, const locales::FoldedText& folded,
            const Languages& languages, std::int64_t now)
      : original_(locales::to_utf32(original)),
        folded_(folded),
        text_(folded.text),
        languages_(languages),
        today_(day_of(now)) {
    std::replace(text_.begin(), text_.end(), U'\u2019', U'\'');
  }

  std::vector<Fact> run() {
    for (std::size_t at = 0; at < text_.size();) {
      std::size_t end = at;
      if (is_edge(text_, at) && text_[at] != U' ') {
        for (const auto take :
             {&Extractor::date, &Extractor::amount, &Extractor::reference, &Extractor::card}) {
          if (end == at) end = (this->*take)(at);
        }
      }
      at = std::max(end, at + 1);
    }
    emails();
    for (Fact& stated : extract_statements(folded_, languages_)) {
      // "A day before I cancelled" is counted from another day than today.
      const auto is_within = [&](const Fact& fact) {
        return fact.name == "date" && fact.begin >= stated.begin && fact.end <= stated.end;
      };
      facts_.erase(std::remove_if(facts_.begin(), facts_.end(), is_within), facts_.end());
      facts_.push_back(std::move(stated));
    }
    std::stable_sort(facts_.begin(), facts_.end(),
                     [](const Fact& a, const Fact& b) { return a.begin < b.begin; });
    return std::move(facts_);
  }

 private:
  using Hit = PhraseTable::Hit;

  void add(const char* name, std::string value, std::size_t begin, std::size_t end,
           std::string unit = "") {
    if (begin >= end || end > folded_.origin.size()) return;
    facts_.push_back({name, std::move(value), std::move(unit), folded_.origin[begin],
                      folded_.origin[end - 1] + std::size_t{1}});
  }

  std::size_t skip_space(std::size_t at) const {
    while (at < text_.size() && text_[at] == U' ') ++at;
    return at;
  }
  bool is_edge_at(std::size_t at) const { return is_edge(text_, at); }

  std::optional<Hit> find(PhraseTable Words::*table, std::size_t at) const {
    std::optional<Hit> longest;
    for (const Words* words : languages_) {
      const auto hit =
          (words->*table).longest_at(text_, at, [&](std::size_t end) { return is_edge_at(end); });
      if (hit && (!longest || hit->end > longest->end)) longest = hit;
    }
    return longest;
  }

  // The end of a run of digits; `at` itself when there is none.
  std::size_t digits_end(std::size_t at) const {
    while (at < text_.size() && is_digit(text_[at])) ++at;
    return at;
  }
  // The same with separators between the digits: "1,299.00"; a space parts thousands: "1 990".
  std::size_t number_end(std::size_t at) const {
    std::size_t end = digits_end(at);
    while (end > at && end + 1 < text_.size() && is_digit(text_[end + 1])) {
      const std::size_t next = digits_end(end + 1);
      const bool is_group = text_[end] == U' ' && next == end + 1 + kThousandsGroup && end - at <= kThousandsGroup;
      if (!is_separator(text_[end]) && !is_group) break;
      end = next;
    }
    return end;
  }
  std::string utf8(std::size_t begin, std::size_t end) const {
    return locales::to_utf8(std::u32string_view(text_).substr(begin, end - begin));
  }
  // A whole number of at most `most` digits; -1 when it is none.
  int whole(std::size_t begin, std::size_t end, std::size_t most) const {
    if (begin == end || end - begin > most) return -1;
    return std::stoi(utf8(begin, end));
  }

  // --- amounts

  std::optional<Hit> currency(std::size_t at) const {
    if (const auto own = find(&Words::currencies, at)) return own;
    for (const CurrencySign& sign : kCurrencySigns) {
      const bool is_there = text_.compare(at, sign.text.size(), sign.text) == 0;
      const bool is_word = sign.text.back() >= U'a' && sign.text.back() <= U'z';
      if (is_there && (!is_word || is_edge_at(at + sign.text.size())))
        return Hit{at + sign.text.size(), currency_number(sign.code)};
    }
    return std::nullopt;
  }

  std::size_t add_amount(std::size_t begin, std::size_t end, std::u32string_view number, int code,
                         bool in_thousands) {
    const std::string name = code == kToman ? "IRR" : currency_code(code);
    const auto minor = minor_units(number, digits_of(name));
    if (!minor || *minor > kLargestToman) return begin;
    add("amount", std::to_string(*minor * (code == kToman ? 10 : 1) * (in_thousands ? 1000 : 1)),
        begin, end, name);
    return end;
  }

  std::size_t amount(std::size_t at) {
    if (!is_digit(text_[at])) {
      const auto before = currency(at);
      if (!before) return at;
      const std::size_t begin = skip_space(before->end);
      const std::size_t end = number_end(begin);
      // A single letter stands for a currency only behind the number ("500 р").
      const bool is_letter =
          before->end == at + 1 && u_isalpha(static_cast<UChar32>(text_[at])) != 0;
      if (end == begin || is_letter) return at;
      return add_amount(at, end, std::u32string_view(text_).substr(begin, end - begin),
                        before->value, false);
    }
    const std::size_t end = number_end(at);
    const std::u32string_view number = std::u32string_view(text_).substr(at, end - at);
    std::size_t unit = skip_space(end);
    const auto thousand =
        find(&Words::thousands, unit);  // "۵۰ هزار تومان": thousands are said, not written
    if (thousand) unit = skip_space(thousand->end);
    const auto after = currency(unit);
    return after ? add_amount(at, after->end, number, after->value, thousand.has_value()) : at;
  }

  // --- dates

  struct Values {
    int number = 1, unit = -1, weekday = -1, day = -1, month = -1, year = -1;
    bool is_persian = false;
  };

  // Slots take the pattern's own language: "de mon compte" is no Monday.
  std::optional<std::size_t> take_slot(const Words& words, Slot slot, std::size_t at, Values& values) const {
    const std::size_t digits = digits_end(at);
    const auto from_table = [&](PhraseTable Words::*table,
                                int& value) -> std::optional<std::size_t> {
      const auto hit = (words.*table).longest_at(text_, at, [&](std::size_t end) { return is_edge_at(end); });
      if (!hit) return std::nullopt;
      value = hit->value;
      return hit->end;
    };
    switch (slot) {
      case Slot::number:
        values.number = whole(at, digits, 3);
        if (values.number > 0) return digits;
        return from_table(&Words::numbers, values.number);
      case Slot::unit:
        return from_table(&Words::units, values.unit);
      case Slot::weekday:
        return from_table(&Words::weekdays, values.weekday);
      case Slot::month:
        if (const auto end = from_table(&Words::persian_months, values.month)) {
          values.is_persian = true;
          return end;
        }
        return from_table(&Words::months, values.month);
      case Slot::day: {
        values.day = whole(at, digits, 2);
        if (values.day < 1 || values.day > 31) return std::nullopt;
        for (const std::u32string_view suffix : kOrdinals) {
          const std::size_t end = digits + suffix.size();
          if (text_.compare(digits, suffix.size(), suffix) == 0 && is_edge_at(end)) return end;
        }
        return digits;
      }
      case Slot::year:
        values.year = whole(at, digits, 4);
        return values.year >= 1300 && values.year < 2200 ? std::optional(digits) : std::nullopt;
      case Slot::words:
        break;
    }
    return std::nullopt;
  }

  std::optional<std::size_t> match(const Words& words, const Pattern& pattern, std::size_t at, Values& values) const {
    std::size_t end = at;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (i > 0) end = skip_space(end);
      if (pattern[i].slot != Slot::words) {
        const auto taken = take_slot(words, pattern[i].slot, end, values);
        if (!taken) return std::nullopt;
        end = *taken;
        continue;
      }
      const std::u32string& fixed = pattern[i].words;
      if (text_.compare(end, fixed.size(), fixed) != 0 ||
          !(is_edge_at(end) && is_edge_at(end + fixed.size())))
        return std::nullopt;
      end += fixed.size();
    }
    // "in March 29 dollars were taken": that number is no day.
    const bool is_price = !pattern.empty() && pattern.back().slot == Slot::day && currency(skip_space(end));
    return end == at || is_price ? std::nullopt : std::optional(end);
  }

  // The longest of the languages' patterns that fits here.
  std::optional<std::size_t> longest(std::vector<Pattern> Words::*patterns, std::size_t at,
                                     Values& values) const {
    std::optional<std::size_t> end;
    for (const Words* words : languages_) {
      for (const Pattern& pattern : words->*patterns) {
        Values own;
        const auto fits = match(*words, pattern, at, own);
        if (!fits || (end && *end >= *fits)) continue;
        end = fits;
        values = own;
      }
    }
    return end;
  }

  std::size_t add_date(std::size_t begin, std::size_t end, const std::optional<Day>& day) {
    if (!day) return begin;
    add("date", date_text(*day), begin, end);
    return end;
  }

  // Is the day at [begin, end) still to come? Without a year that is said by what stands beside it.
  bool is_coming(std::size_t begin, std::size_t end) const {
    std::size_t from = begin;
    while (from > 0 && begin - from < kComingReach && kClauseEnds.find(text_[from - 1]) == std::u32string_view::npos) --from;
    std::size_t to = end;
    while (to < text_.size() && to - end < kComingReach && kClauseEnds.find(text_[to]) == std::u32string_view::npos) ++to;
    const auto stands_in = [&](std::size_t at, std::size_t until) {
      for (; at < until; ++at) {
        for (const Words* words : languages_) {
          if (words->coming.longest_at(text_, at, [&](std::size_t e) { return e <= until; })) return true;
        }
      }
      return false;
    };
    return stands_in(from, begin) || stands_in(end, to);
  }

  std::optional<Day> resolve(const Values& values, bool coming) const {
    const bool is_persian = values.is_persian || (values.year > 0 && values.year < 1500);
    const auto at = [&](int year) {
      return is_persian ? jalali(year, values.month, values.day)
                        : gregorian(year, values.month, values.day);
    };
    if (values.year > 0) return at(values.year);
    const int year = is_persian ? jalali_year(today_) : gregorian_year(today_);
    const auto this_year = at(year);
    if (coming) return this_year && *this_year >= today_ ? this_year : at(year + 1);
    return this_year && *this_year <= today_ ? this_year : at(year - 1);
  }

  std::size_t date(std::size_t at) {
    Values values;
    if (const std::size_t end = written_date(at); end > at) return end;
    if (const auto end = longest(&Words::dates, at, values)) {
      // "may ask": a month needs its day, which every pattern has.
      const auto day = resolve(values, is_coming(at, *end));
      if (const std::size_t taken = add_date(at, *end, day); taken > at) return taken;
    }
    Values past;
    const auto weekday = longest(&Words::last_weekday, at, past);
    if (const auto end = longest(&Words::ago, at, values); end && (!weekday || *weekday <= *end)) {
      const Day day = values.unit == kMonthUnit
                          ? months_before(today_, values.number)
                          : today_ - std::chrono::days(values.number * std::max(values.unit, 0));
      return values.unit >= 0 ? add_date(at, *end, day) : at;
    }
    if (weekday && past.weekday >= 0) {
      const int now_day = static_cast<int>(std::chrono::weekday(today_).c_encoding());
      if (is_coming(at, *weekday)) return add_date(at, *weekday, today_ + std::chrono::days((past.weekday - now_day + 6) % 7 + 1));
      return add_date(at, *weekday, today_ - std::chrono::days((now_day - past.weekday + 6) % 7 + 1));
    }
    const auto ago = find(&Words::days, at);
    return ago ? add_date(at, ago->end, today_ - std::chrono::days(ago->value)) : at;
  }

  // 2026-03-14 or 1404/07/05, then 14.3.2026, 14/3/2026 or, where the month comes first, 3/14/2026.
  std::size_t written_date(std::size_t at) {
    std::array<int, 3> parts{};
    std::size_t end = at;
    char32_t mark = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t digits = digits_end(end);
      parts[i] = whole(end, digits, 4);
      if (parts[i] <= 0) return at;
      end = digits;
      if (i + 1 == parts.size()) break;
      const bool parts_them =
          end < text_.size() && (text_[end] == U'-' || text_[end] == U'/' || text_[end] == U'.');
      if (!parts_them || (mark != 0 && text_[end] != mark)) return at;
      mark = text_[end++];
    }
    const auto [a, b, c] = parts;
    if (a >= 1300 && a < 1500) return add_date(at, end, jalali(a, b, c));
    if (a > 1900) return add_date(at, end, gregorian(a, b, c));
    if (c <= 1900) return at;
    const bool month_first =
        mark == U'/' && b > 0 && a <= 12 && !languages_.empty() && languages_.front()->month_first;
    return add_date(at, end, month_first || b > 12 ? gregorian(c, a, b) : gregorian(c, b, a));
  }

  // --- numbers of tickets and orders

  // Behind "ticket" or "order": "number", "#", a colon.
  std::size_t skip_number_words(std::size_t at) const {
    for (;;) {
      at = skip_space(at);
      const auto word = find(&Words::number_words, at);
      if (word) {
        at = word->end;
      } else if (at < text_.size() && (text_[at] == U'#' || text_[at] == U':')) {
        ++at;
      } else {
        return at;
      }
    }
  }

  // "1042 numaralı talebim", "1042号工单": the number, a word for "number", then what it is the number of.
  std::size_t number_ahead(std::size_t at) {
    if (!is_digit(text_[at]) || (at > 0 && is_digit(text_[at - 1]))) return at;
    const std::size_t end = digits_end(at);
    if (end - at < kShortestNearby || end - at > kLongestTicketNumber) return at;
    const std::size_t of = skip_number_words(end);
    if (of == skip_space(end)) return at;
    const auto ticket = find(&Words::tickets, of);
    const auto order = find(&Words::orders, of);
    if (!ticket && !order) return at;
    add(ticket ? "ticket_number" : "order_id", utf8(at, end), at, end);
    return end;
  }

  std::size_t reference(std::size_t at) {
    if (const std::size_t end = number_ahead(at); end > at) return end;
    if (text_[at] == U'#') {
      const std::size_t end = digits_end(at + 1);
      if (end == at + 1 || end - at - 1 > kLongestTicketNumber) return at;
      add("ticket_number", utf8(at + 1, end), at, end);
      return end;
    }
    if (const auto word = find(&Words::tickets, at)) {
      const std::size_t begin = skip_number_words(word->end);
      const std::size_t end = digits_end(begin);
      const std::size_t fewest = begin == skip_space(word->end) ? kShortestNearby : 1;
      if (end - begin >= fewest && end - begin <= kLongestTicketNumber && !is_measured(skip_space(end))) {
        add("ticket_number", utf8(begin, end), begin, end);
        return end;
      }
    }
    if (const auto word = find(&Words::orders, at)) {
      const std::size_t begin = skip_number_words(word->end);
      const std::size_t end = id_end(begin);
      const bool has_digit =
          std::any_of(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                      text_.begin() + static_cast<std::ptrdiff_t>(end), is_digit);
      if (end - begin >= kShortestOrderId && has_digit && written_date_end(begin) == begin &&
          currency(skip_space(end)) == std::nullopt) {
        add("order_id", utf8(begin, end), begin, end);
        return end;
      }
    }
    return at;
  }
  // "I have waited for my ticket 2 weeks", "ticket 20 euros": a number of something.
  bool is_measured(std::size_t at) const { return currency(at) || find(&Words::units, at); }
  // Letters of the Latin alphabet, digits and dashes between them.
  std::size_t id_end(std::size_t at) const {
    const auto is_part = [&](std::size_t i) {
      return i < text_.size() && (is_digit(text_[i]) || (text_[i] >= U'a' && text_[i] <= U'z'));
    };
    std::size_t end = at;
    while (is_part(end) ||
           (end > at && end < text_.size() && text_[end] == U'-' && is_part(end + 1)))
      ++end;
    return end;
  }
  std::size_t written_date_end(std::size_t at) {
    const std::size_t known = facts_.size();
    const std::size_t end = written_date(at);
    facts_.resize(known);
    return end;
  }

  // --- cards and e-mails

  std::size_t card(std::size_t at) {
    const auto is_last = [&](std::size_t begin) {
      return digits_end(begin) == begin + kLastDigits &&
             (begin == 0 || !is_digit(text_[begin - 1]));
    };
    // "•••• 4242", "****4242": the rest of a card number, left out by the person or by us.
    if (is_digit(text_[at]) && is_last(at) && is_masked_before(at)) {
      add("last4", utf8(at, at + kLastDigits), at, at + kLastDigits);
      return at + kLastDigits;
    }
    const auto ends = find(&Words::card_ends, at);
    if (!ends) return at;
    for (std::size_t begin = ends->end; begin < std::min(text_.size(), ends->end + kCardReach);
         ++begin) {
      if (!is_digit(text_[begin])) continue;
      if (is_last(begin) && is_edge_at(begin)) {
        add("last4", utf8(begin, begin + kLastDigits), begin, begin + kLastDigits);
        return begin + kLastDigits;
      }
      begin = digits_end(begin);
    }
    return at;
  }
  bool is_masked_before(std::size_t at) const {
    std::size_t begin = at;
    while (begin > 0 && (text_[begin - 1] == U' ' || text_[begin - 1] == U'-')) --begin;
    return begin > 1 && is_mask(text_[begin - 1]) && is_mask(text_[begin - 2]);
  }

  void emails() {
    constexpr std::u32string_view kBehind = U",;)>\u060C\u3001\u3002";
    for (std::size_t i = 0; i < folded_.text.size(); ++i) {
      if (folded_.text[i] != locales::kEmailMark) continue;
      const std::size_t begin = folded_.origin[i];
      std::size_t end = begin;
      while (end < original_.size() && original_[end] > U' ' &&
             kBehind.find(original_[end]) == std::u32string_view::npos)
        ++end;
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
  std::u32string text_;  // folded, with plain apostrophes
  const Languages& languages_;
  Day today_;
  std::vector<Fact> facts_;
};

}  // namespace

std::vector<Fact> extract_facts(std::string_view original, const locales::FoldedText& folded,
                                const Languages& languages, std::int64_t now) {
  return Extractor(original, folded, languages, now).run();
}

}  // namespace handrail::intents
