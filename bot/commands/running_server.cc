#include "bot/commands/running_server.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace handrail::commands {

namespace {

constexpr const char* kPidFile = "serve.pid";
constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kLongestNumber = 20;

pid_t number_in(int file) {
  std::string text(kLongestNumber, '\0');
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  return size <= 0 ? 0 : static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
}

}  // namespace

base::Result<RunningServer> RunningServer::claim(const std::filesystem::path& data_dir) {
  const std::filesystem::path path = data_dir / kPidFile;
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (file < 0) return base::Error{base::Code::unavailable, "The data folder cannot be written to.", "data_dir", path.string()};
  RunningServer claimed(file, path);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    claimed.path_.clear();  // it is the other one's file
    return base::Error{base::Code::conflict,
                       "Another server (process " + std::to_string(number_in(file)) +
                           ") runs on this data folder: stop it first, or choose another folder with --data.",
                       "data_dir", ""};
  }
  const std::string number = std::to_string(getpid()) + "\n";
  const bool written = ftruncate(file, 0) == 0 && pwrite(file, number.data(), number.size(), 0) == static_cast<ssize_t>(number.size());
  if (!written) return base::Error{base::Code::unavailable, "The data folder cannot be written to.", "data_dir", path.string()};
  return claimed;
}

std::optional<pid_t> RunningServer::find(const std::filesystem::path& data_dir) {
  const int file = open((data_dir / kPidFile).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  const bool is_free = flock(file, LOCK_SH | LOCK_NB) == 0;
  const pid_t number = is_free ? 0 : number_in(file);
  close(file);
  if (number <= 0) return std::nullopt;
  return number;
}

RunningServer::RunningServer(RunningServer&& other) noexcept
    : file_(std::exchange(other.file_, -1)), path_(std::move(other.path_)) {}

RunningServer::~RunningServer() {
  if (file_ < 0) return;
  if (!path_.empty()) unlink(path_.c_str());
  close(file_);
}

}  // namespace handrail::commands
