#include "bot/base/rfc3339.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace handrail::base {
namespace {

// Takes what it expects from the front of a text; once something is missing, everything else is
// missing too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + digit();
    return value;
  }
  int digit() {
    const char c = one_of("0123456789");
    return c == 0 ? 0 : c - '0';
  }
  // The next character when it is one of `allowed`; else 0, and the text is not good.
  char one_of(std::string_view allowed) {
    if (!peek(allowed)) {
      good_ = false;
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool peek(std::string_view allowed) const {
    return good_ && !rest_.empty() && allowed.find(rest_.front()) != std::string_view::npos;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string to_rfc3339(std::int64_t at_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(at_ms)};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> time{at - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  std::string result(text.data());
  if (time.subseconds().count() != 0) {
    std::snprintf(text.data(), text.size(), ".%03d", static_cast<int>(time.subseconds().count()));
    result += text.data();
  }
  return result + "Z";
}

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  Scanner scan(text);
  const int year = scan.digits(4);
  scan.one_of("-");
  const int month = scan.digits(2);
  scan.one_of("-");
  const int day = scan.digits(2);
  scan.one_of("Tt ");
  const int hour = scan.digits(2);
  scan.one_of(":");
  const int minute = scan.digits(2);
  scan.one_of(":");
  const int second = scan.digits(2);
  std::int64_t fraction_ms = 0;
  if (scan.peek(".")) {
    scan.one_of(".");
    std::int64_t scale = 100;
    do {
      fraction_ms += scan.digit() * scale;
      scale /= 10;
    } while (scan.peek(kDigits));
  }
  int offset_minutes = 0;
  const char zone = scan.one_of("Zz+-");
  if (zone == '+' || zone == '-') {
    const int hours = scan.digits(2);
    scan.one_of(":");
    const int minutes = scan.digits(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset_minutes = (hours * 60 + minutes) * (zone == '-' ? -1 : 1);
  }
  if (!scan.at_end()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;  // 60: a leap second
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute - offset_minutes) * 60 + second;
  return seconds * 1000 + fraction_ms;
}

}  // namespace handrail::base
