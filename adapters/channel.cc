#include "adapters/channel.h"

namespace handrail::adapters {
namespace {

std::optional<std::string_view> find(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
  for (const auto& [known, value] : headers) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> HttpRequest::header(std::string_view name) const { return find(headers, name); }
std::optional<std::string_view> HttpResult::header(std::string_view name) const { return find(headers, name); }

}  // namespace handrail::adapters
