#include "bot/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

namespace handrail::base {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("handrail",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

// Values with spaces or quotes are quoted, and control characters cannot forge a line.
std::string quoted(const std::string& value) {
  const auto harmless = [](unsigned char c) {
    return c > ' ' && c != 0x7F && c != '"' && c != '=' && c != '\\';
  };
  if (!value.empty() && std::all_of(value.begin(), value.end(), harmless)) return value;
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return text + "\"";
}

}  // namespace

bool set_log_level(std::string_view name) {
  if (name == "debug")
    logger().set_level(spdlog::level::debug);
  else if (name == "info")
    logger().set_level(spdlog::level::info);
  else if (name == "warning")
    logger().set_level(spdlog::level::warn);
  else if (name == "error")
    logger().set_level(spdlog::level::err);
  else if (name == "off")
    logger().set_level(spdlog::level::off);
  else
    return false;
  return true;
}

void log(Level level, std::string_view event, const LogFields& fields) {
  std::string line(event);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    line += quoted(value);
  }
  switch (level) {
    case Level::debug:
      logger().debug("{}", line);
      break;
    case Level::info:
      logger().info("{}", line);
      break;
    case Level::warning:
      logger().warn("{}", line);
      break;
    case Level::error:
      logger().error("{}", line);
      break;
  }
}

}  // namespace handrail::base
