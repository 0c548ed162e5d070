// The mark that a server of ours is running on a data folder: `serve.pid`, locked (flock(2)) as long as the process lives and
// holding its number. The kernel gives the lock back however the process ends, so a file left by a killed server says nothing,
// and a signal never reaches a stranger who has its number now.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "bot/base/result.h"

namespace handrail::commands {

class RunningServer {
 public:
  // Marks this process as the folder's server; conflict when another one is.
  static base::Result<RunningServer> claim(const std::filesystem::path& data_dir);
  // The process that has the folder now.
  static std::optional<pid_t> find(const std::filesystem::path& data_dir);

  RunningServer(RunningServer&& other) noexcept;
  RunningServer& operator=(RunningServer&&) = delete;
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer();

 private:
  RunningServer(int file, std::filesystem::path path) : file_(file), path_(std::move(path)) {}

  int file_;  // -1: moved from
  std::filesystem::path path_;
};

}  // namespace handrail::commands
