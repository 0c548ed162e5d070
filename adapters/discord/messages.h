// Replies as Discord messages within Discord's limits (contract section 4): steps are embeds with their picture attached,
// split between steps, never through one. Pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "adapters/channel.h"

namespace handrail::adapters::discord {

inline constexpr std::size_t kContentCharacters = 2000;
inline constexpr std::size_t kEmbeds = 10;
inline constexpr std::size_t kEmbedTitleCharacters = 256;
inline constexpr std::size_t kEmbedTextCharacters = 4096;
inline constexpr std::size_t kEmbedsCharacters = 5800;  // Discord: 6000 over all embeds of a message
inline constexpr std::size_t kButtonLabelCharacters = 80;
inline constexpr std::size_t kButtonAddressCharacters = 512;
inline constexpr std::size_t kButtonsPerRow = 5;
inline constexpr std::size_t kRows = 5;
inline constexpr std::size_t kDescriptionCharacters = 1024;

struct DiscordMessage {
  nlohmann::json body;  // without nonce; `attachments` is filled when files are sent
  std::vector<Attachment> files;
};

enum class Pictures { attach, leave_out };
std::vector<DiscordMessage> to_messages(const Reply& reply, Pictures pictures);
bool has_pictures(const Reply& reply);

}  // namespace handrail::adapters::discord
