#include "bot/tickets/hours.h"

#include <unicode/calendar.h>
#include <unicode/timezone.h>

#include <memory>

namespace handrail::tickets {
namespace {

constexpr int kDaysAhead = 8;  // a week, and today again

}  // namespace

Presence presence(const config::Hours& hours, std::int64_t now) {
  if (hours.spans.empty()) return {true, 0};
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Calendar> calendar(icu::Calendar::createInstance(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(hours.time_zone)), icu::Locale::getRoot(), status));
  if (U_FAILURE(status)) return {true, 0};
  Presence result{false, 0};
  for (int ahead = 0; ahead < kDaysAhead; ++ahead) {
    // Each time is set on the day afresh: 24:00 moves the calendar to the next day.
    const auto to_day = [&] {
      calendar->setTime(static_cast<UDate>(now), status);
      calendar->add(UCAL_DATE, ahead, status);
    };
    to_day();
    const int day = (calendar->get(UCAL_DAY_OF_WEEK, status) + 5) % 7 + 1;  // ICU: Sunday 1; ours: Monday 1
    for (const config::Hours::Span& span : hours.spans) {
      if (span.day != day) continue;
      const auto at = [&](int minute) {
        to_day();
        calendar->set(UCAL_HOUR_OF_DAY, minute / 60);
        calendar->set(UCAL_MINUTE, minute % 60);
        calendar->set(UCAL_SECOND, 0);
        calendar->set(UCAL_MILLISECOND, 0);
        return static_cast<std::int64_t>(calendar->getTime(status));
      };
      const std::int64_t from = at(span.from_minute);
      const std::int64_t to = at(span.to_minute);
      if (from <= now && now < to) return {true, 0};
      if (from > now && (result.next_at == 0 || from < result.next_at)) result.next_at = from;
    }
    if (result.next_at != 0) return result;
  }
  return result;
}

}  // namespace handrail::tickets
