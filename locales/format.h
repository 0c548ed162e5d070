// Numbers, money, dates and times as readers of a language expect them (ICU, CLDR): a Persian
// reader sees Jalali dates and Persian digits. The values are bare: Message isolates them, and who
// puts them into a sentence otherwise calls `isolate` (bidi.h).
//
// Times are UTC milliseconds; time zones are IANA names. Unknown zones read as UTC. Thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace handrail::locales {

std::string format_number(std::int64_t value, std::string_view locale);
// `amount_minor` in the currency's minor unit (ISO 4217: 2 digits for USD, 0 for JPY, 3 for KWD);
// IRR in whole rials. Never rounded. What is no currency code is shown as it is: "3900 nonsense".
std::string format_money(std::int64_t amount_minor, std::string_view currency,
                         std::string_view locale);
// "March 14, 2026", «۲۳ اسفند ۱۴۰۴».
std::string format_date(std::int64_t at_ms, std::string_view locale, std::string_view time_zone);
// Day of the week, date and time with the zone's name: for "someone is there again at ...".
std::string format_date_time(std::int64_t at_ms, std::string_view locale,
                             std::string_view time_zone);

// "15 minutes", "4 hours", "2 days": whole minutes, hours or days, rounded up; negative reads as
// zero.
std::string format_duration(std::chrono::milliseconds duration, std::string_view locale);

bool is_time_zone(std::string_view name);
bool is_currency(std::string_view code);

// ICU's locale for formatting: the Persian calendar and digits for fa, as CLDR has them by default.
std::string formatting_locale(std::string_view locale);

}  // namespace handrail::locales
