// application/x-www-form-urlencoded (WHATWG URL, section 5.1), from raw bytes. Pure; never fails: odd input decodes as it can.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace handrail::adapters {

inline constexpr std::size_t kFormFields = 100;

// Of repeated names the first counts. Fields beyond kFormFields are dropped.
std::map<std::string, std::string> parse_form(std::string_view body);

}  // namespace handrail::adapters
