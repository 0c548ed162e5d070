// application/x-www-form-urlencoded (WHATWG URL, section 5.1), from raw bytes. Pure; never fails: odd input decodes as it can.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handrail::adapters {

inline constexpr std::size_t kFormFields = 100;

// The other way, in the given order: each byte but letters, digits and -._~ is escaped.
std::string write_form(const std::vector<std::pair<std::string, std::string>>& fields);

// Of repeated names the first counts. Fields beyond kFormFields are dropped.
std::map<std::string, std::string> parse_form(std::string_view body);

}  // namespace handrail::adapters
