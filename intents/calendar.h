// Days as people name them, turned into dates. Pure; errors: nothing for a day that does not exist.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace handrail::intents {

using Day = std::chrono::sys_days;

Day day_of(std::int64_t ms);     // UTC
std::string date_text(Day day);  // YYYY-MM-DD
std::optional<Day> gregorian(int year, int month, int day);
std::optional<Day> jalali(int year, int month,
                          int day);  // the solar Hijri calendar of Iran, by ICU
int gregorian_year(Day day);
int jalali_year(Day day);
// The same day of the month, `months` earlier; the month's last day where it has no such day.
Day months_before(Day day, int months);

}  // namespace handrail::intents
