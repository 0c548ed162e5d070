#include "bot/delivery/platform_call.h"

#include <fstream>
#include <sstream>

namespace handrail::delivery {
namespace {

constexpr const char* kUserAgent = "DiscordBot (https://handrail.example, 0.1)";

std::string joined_url(const std::string& base, const std::string& path) {
  std::string url = base;
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url + (path.empty() || path.front() != '/' ? "/" : "") + path;
}

// A callback address comes from outside: it is followed only to the platform's hooks host or the configured API's origin.
bool may_follow(const std::string& url, const std::string& api_url) {
  std::string origin;
  std::string api_origin;
  std::string target;
  if (!base::split_url(url, &origin, &target)) return false;
  if (origin == "https://hooks.slack.com") return true;
  return base::split_url(api_url, &api_origin, &target) && origin == api_origin;
}

// Paths are ours ("/media/<topic>/<file>"), still nothing above the folder is ever read. Empty: not such a path.
std::string file_of(const std::string& media_path, const std::string& media_dir) {
  constexpr std::string_view kMedia = "/media/";
  if (media_path.rfind(kMedia, 0) != 0 || media_path.find("..") != std::string::npos) return "";
  std::string path = media_path.substr(kMedia.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string::npos) return "";
  return media_dir + "/" + path.insert(slash, "/images");
}

}  // namespace

std::optional<base::HttpCall> to_http(const adapters::Call& call, const std::string& channel, const config::Config& config,
                                      const std::string& bot_token, const std::string& media_dir) {
  base::HttpCall request;
  const bool slack = channel == "slack";
  const std::string& api = slack ? config.slack_api_url : config.discord_api_url;
  request.method = call.method;
  const bool absolute = call.url.rfind("http", 0) == 0;
  if (absolute && !may_follow(call.url, api)) return std::nullopt;
  request.url = absolute ? call.url : joined_url(api, call.url);
  request.content_type = call.content_type;
  request.body = call.body;
  request.deadline = kCallDeadline;
  request.headers.emplace_back("User-Agent", kUserAgent);
  if (call.auth == adapters::Auth::bot_token) {
    request.headers.emplace_back("Authorization", (slack ? "Bearer " : "Bot ") + bot_token);
  }
  if (call.attachments.empty()) return request;
  request.parts.push_back({"payload_json", "", "application/json", call.body});
  int index = 0;
  for (const adapters::Attachment& attachment : call.attachments) {
    const std::string file = file_of(attachment.media_path, media_dir);
    if (file.empty()) continue;
    std::ifstream stream(file, std::ios::binary);
    std::stringstream bytes;
    bytes << stream.rdbuf();
    request.parts.push_back({"files[" + std::to_string(index++) + "]", attachment.file_name, "image/png", bytes.str()});
  }
  return request;
}

}  // namespace handrail::delivery
