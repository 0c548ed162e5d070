// What agents read in their channel: the card of a ticket and the lines of its thread. Pure; in English, like the desk.
//
// A card must stay one message on every platform, since it is changed in place: its parts are cut at fixed lengths.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/message.h"
#include "bot/config/config.h"
#include "bot/storage/conversations.h"
#include "bot/storage/team.h"
#include "bot/storage/tickets.h"

namespace handrail::team {

inline constexpr std::size_t kFactsOnCard = 10;
inline constexpr std::size_t kFactCharacters = 60;
inline constexpr std::size_t kTranscriptMessages = 10;
inline constexpr std::size_t kTranscriptCharacters = 300;  // of each message

// Action ids: "team:<verb>:<ticket or held reply>[:<argument>]".
inline constexpr const char* kActionPrefix = "team:";

std::string title_of(const storage::Ticket& ticket);  // "#1042 refund"
adapters::Reply card(const storage::Ticket& ticket, const std::string& person, const config::Config& config);
// The last messages before the thread was opened, oldest first.
adapters::Reply transcript(const std::vector<storage::Message>& messages, const std::string& person);
// A message of the conversation as it stands in the thread; also after it was changed or taken back.
adapters::Reply copy_of(const storage::Message& message, const std::string& person);
// What happened to the ticket; nothing for what the card or the messages show already.
std::optional<adapters::Reply> news(const storage::HistoryEntry& entry);
adapters::Reply notice(const std::string& text);
// Their words were not sent, and why; with the buttons that decide.
adapters::Reply held_notice(const storage::HeldReply& held, const std::string& because);

// Tells one reply from another, without keeping its words.
std::string digest(const adapters::Reply& reply);

}  // namespace handrail::team
