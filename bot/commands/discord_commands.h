// The commands that the bot has in Discord, in every language that both of us speak (contract discord.md section 2). Pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "locales/catalog.h"

namespace handrail::commands {

inline constexpr std::size_t kDiscordNameCharacters = 32;
inline constexpr std::size_t kDiscordDescriptionCharacters = 100;
inline constexpr const char* kHelpCommand = "help";
inline constexpr const char* kHelpWithMessage = "Get help with this";

// The body of PUT /applications/{id}/commands. `product` is named in descriptions.
nlohmann::json discord_commands(const locales::Catalogs& catalogs, const std::string& product);

}  // namespace handrail::commands
