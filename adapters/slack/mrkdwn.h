// Slack's text format (contract section 7): mrkdwn out, decoded text in. Pure.
#pragma once

#include <string>
#include <string_view>

namespace handrail::adapters::slack {

// & < > as entities, in that order: disarms <!channel>, <@U1> and links in foreign text.
std::string escape(std::string_view text);

// Our light Markdown (**bold**, `code`) as mrkdwn, addresses as they are, everything else escaped.
std::string to_mrkdwn(std::string_view text);

// What a person typed, from Slack's angle-bracket tokens and entities. Mentions of `bot_user` are removed.
std::string decode(std::string_view text, std::string_view bot_user);

// Begins each line with a right-to-left mark, so that clients without bidi support lay it out right to left.
std::string mark_direction(const std::string& text, bool right_to_left);

}  // namespace handrail::adapters::slack
