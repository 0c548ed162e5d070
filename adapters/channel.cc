#include "adapters/channel.h"

namespace handrail::adapters {
namespace {

std::optional<std::string_view> find(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
  for (const auto& [known, value] : headers) {
    if (known == name) return value;
  }
  return std::nullopt;
}

constexpr std::size_t kNonceSeedCharacters = 20;  // parts of one reply are numbered behind it

}  // namespace

std::string nonce_of(std::string_view seed, std::size_t part) {
  const std::string_view tail = seed.size() > kNonceSeedCharacters ? seed.substr(seed.size() - kNonceSeedCharacters) : seed;
  return std::string(tail) + "-" + std::to_string(part);
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const { return find(headers, name); }
std::optional<std::string_view> HttpResult::header(std::string_view name) const { return find(headers, name); }

}  // namespace handrail::adapters
