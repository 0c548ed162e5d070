#include "tests/storage/postgres_cluster.h"

#include <postgresql/soci-postgresql.h>
#include <soci.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace handrail::storage {
namespace {

namespace fs = std::filesystem;

const passwd* server_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  return user != nullptr ? user : getpwnam("nobody");
}

// Starts a program as the server's user with its output on `output`; it dies with us.
pid_t start(const std::vector<std::string>& command, int output) {
  const passwd* user = server_user();
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (chdir("/") != 0) _exit(126);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int finish(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string find_binaries() {
  std::vector<std::string> folders;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(entry.path() / "bin/initdb")) folders.push_back((entry.path() / "bin").string());
  }
  return folders.empty() ? "" : *std::max_element(folders.begin(), folders.end());
}

}  // namespace

PostgresCluster& PostgresCluster::instance() {
  static PostgresCluster cluster;
  return cluster;
}

PostgresCluster::PostgresCluster() {
  binaries_ = find_binaries();
  if (binaries_.empty()) {
    problem_ = "PostgreSQL's initdb is not installed (package postgresql)";
    return;
  }
  std::string folder = (fs::temp_directory_path() / "handrail-postgres-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    problem_ = "no temporary folder";
    return;
  }
  folder_ = folder;
  if (const passwd* user = server_user();
      user != nullptr && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
    problem_ = "the temporary folder cannot be given to " + std::string(user->pw_name);
    return;
  }
  const int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const int made = finish(start({binaries_ + "/initdb", "-D", folder_ + "/data", "-U", "handrail",
                                 "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                                quiet));
  close(quiet);
  if (made != 0) {
    problem_ = "initdb failed with " + std::to_string(made);
    return;
  }
  start_server();
}

void PostgresCluster::start_server() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    problem_ = "no pipe";
    return;
  }
  server_ = start(
      {binaries_ + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c",
       "listen_addresses=", "-c", "fsync=off", "-c", "lc_messages=C", "-c", "shared_buffers=16MB"},
      ends[1]);
  close(ends[1]);
  // The server says when it is ready; what it says later is read so that it never waits for us.
  auto ready = std::make_shared<std::promise<bool>>();
  std::future<bool> answer = ready->get_future();
  log_reader_ = std::thread([read_end = ends[0], ready] {
    std::string seen;
    bool told = false;
    char piece[4096];
    for (ssize_t size = 0; (size = read(read_end, piece, sizeof piece)) > 0;) {
      if (told) continue;
      seen.append(piece, static_cast<std::size_t>(size));
      if (seen.find("ready to accept connections") == std::string::npos) continue;
      ready->set_value(true);
      told = true;
    }
    if (!told) ready->set_value(false);
    close(read_end);
  });
  if (!answer.get()) problem_ = "the PostgreSQL server ended while starting";
}

void PostgresCluster::stop_server() {
  if (server_ > 0) {
    kill(server_, SIGQUIT);
    finish(server_);
    server_ = 0;
  }
  if (log_reader_.joinable()) log_reader_.join();
}

void PostgresCluster::restart() {
  stop_server();
  start_server();
}

PostgresCluster::~PostgresCluster() {
  stop_server();
  if (!folder_.empty()) {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
}

std::string PostgresCluster::url(const std::string& database) const {
  return "postgresql://handrail@/" + database + "?host=" + folder_;
}

std::string PostgresCluster::create_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  soci::session sql(soci::postgresql, url("postgres"));
  sql << "CREATE DATABASE " + name;
  return url(name);
}

}  // namespace handrail::storage
