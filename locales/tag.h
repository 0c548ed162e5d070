// Language tags (BCP 47, RFC 5646) as platforms send them, and finding the best language that we
// have (RFC 4647 lookup). Thread safe: no state. Odd tags are never an error: they match nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::locales {

enum class Direction { ltr, rtl };

// "FA_ir" -> "fa-IR", "zh-cn" -> "zh-CN". Empty when it is not a tag.
std::string canonical_tag(std::string_view tag);

// The best of `available` for `wanted` (best first): the tag itself, then with its last subtags off
// ("fa-Latn-IR" -> "fa-Latn" -> "fa"), then any tag of the same language. Nothing when no language
// is shared.
std::optional<std::string> negotiate(const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& available);

// The direction in which the tag's language is written, by its likely script.
Direction direction(std::string_view tag);
// The same as HTML and our JSON write it: "ltr" or "rtl".
std::string direction_name(std::string_view tag);

// The language's name as speakers of `in` write it ("Persian", «فارسی»).
std::string display_name(std::string_view tag, std::string_view in);

}  // namespace handrail::locales
