#include "intents/calendar.h"

#include <unicode/calendar.h>

#include <array>
#include <cstdio>
#include <memory>

namespace handrail::intents {
namespace {

using std::chrono::year_month_day;

std::unique_ptr<icu::Calendar> persian_calendar() {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Calendar> calendar(icu::Calendar::createInstance(
      icu::TimeZone::getGMT()->clone(), icu::Locale("fa@calendar=persian"), status));
  return U_FAILURE(status) ? nullptr : std::move(calendar);
}

std::int64_t ms_of(Day day) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch()).count();
}

}  // namespace

Day day_of(std::int64_t ms) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms)));
}

std::string date_text(Day day) {
  const year_month_day date{day};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::optional<Day> gregorian(int year, int month, int day) {
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Day(date);
}

std::optional<Day> jalali(int year, int month, int day) {
  const auto calendar = persian_calendar();
  if (calendar == nullptr || day < 1 || day > 31 || month < 1 || month > 12) return std::nullopt;
  calendar->clear();
  calendar->set(year, month - 1, day, 12, 0, 0);
  UErrorCode status = U_ZERO_ERROR;
  const UDate at = calendar->getTime(status);
  if (U_FAILURE(status)) return std::nullopt;
  return day_of(static_cast<std::int64_t>(at));
}

int gregorian_year(Day day) { return static_cast<int>(year_month_day{day}.year()); }

int jalali_year(Day day) {
  const auto calendar = persian_calendar();
  UErrorCode status = U_ZERO_ERROR;
  if (calendar != nullptr) calendar->setTime(static_cast<UDate>(ms_of(day)), status);
  const int year = calendar == nullptr ? 0 : calendar->get(UCAL_YEAR, status);
  return U_FAILURE(status) ? 0 : year;
}

Day months_before(Day day, int months) {
  const year_month_day date = year_month_day{day} - std::chrono::months(months);
  if (date.ok()) return Day(date);
  return Day(date.year() / date.month() / std::chrono::last);
}

}  // namespace handrail::intents
