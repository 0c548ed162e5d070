// What Discord posts to us: interactions and webhook events (contract sections 1, 2 and 6). Pure.
#pragma once

#include "adapters/channel.h"

namespace handrail::adapters::discord {

inline constexpr std::int64_t kCallbackLifeMs = 15 * 60 * 1000 - 30'000;  // 15 minutes, with room for the call itself
inline constexpr int kEphemeral = 64;
inline constexpr std::size_t kChoices = 25;
inline constexpr const char* kMessageCommand = "Get help with this";

enum class AnswerType { pong = 1, message = 4, deferred_message = 5, deferred_update = 6, choices = 8, modal = 9 };

Parsed parse_interaction(const HttpRequest& request, std::int64_t now, const OwnIds& own);
Parsed parse_webhook_event(const HttpRequest& request);

// The words of Discord's locale tag among ours: the modal and choices in the reader's language, else the first.
nlohmann::json contact_modal(const OwnIds& own, const std::string& locale);

}  // namespace handrail::adapters::discord
