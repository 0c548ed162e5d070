// Where long text may be taken apart, and what in it must arrive exactly because people copy or click it. Positions in
// UTF-8 text are bytes, in UTF-32 text characters. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::adapters {

// The end of a web address ("https://...") that begins at `at`, else `at`. Marks around it are not part of it.
std::size_t end_of_address(std::string_view text, std::size_t at);

// The end of a `code span` whose backtick stands at `at`, else `at`: two single backticks of one line.
std::size_t end_of_code(std::string_view text, std::size_t at);

// Is there anything to see? Platforms refuse messages of white space alone.
bool says_something(std::string_view text);

// How a part will be shown: marked up, escaped.
using Shown = std::function<std::string(const std::string&)>;

// How many characters of `text` its first part holds, so that it is at most `limit` characters long as `shown`: cut after a
// line break, else after a space, else between two characters, but before no combining mark.
std::size_t first_part(std::u32string_view text, std::size_t limit, const Shown& shown);

// All the parts, as shown, in order; together they are the whole text, but for parts of white space alone.
std::vector<std::string> parts_of(const std::string& text, std::size_t limit, const Shown& shown);

}  // namespace handrail::adapters
