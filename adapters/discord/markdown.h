// Text for Discord's Markdown (contract section 4): foreign text cannot format, mention or link. Pure.
#pragma once

#include <string>
#include <string_view>

namespace handrail::adapters::discord {

// Our light Markdown (**bold**, `code`) and web addresses kept, everything else that Discord would interpret escaped or parted.
std::string to_markdown(std::string_view text);
// The same without bold, for titles and labels that Discord shows as plain text.
std::string to_plain(std::string_view text);

}  // namespace handrail::adapters::discord
