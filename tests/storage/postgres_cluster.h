// A PostgreSQL cluster of our own for one test program: made with initdb in a temporary folder,
// reached by a socket in that folder only, ended by its pid. initdb refuses root, so as root it
// runs as the system's "postgres" user.
#pragma once

#include <string>
#include <thread>

#include <sys/types.h>

namespace handrail::storage {

class PostgresCluster {
 public:
  // The cluster of this program, started at the first call and ended with the program.
  static PostgresCluster& instance();
  ~PostgresCluster();

  // Empty when it runs; else why it does not.
  const std::string& problem() const { return problem_; }
  // Address of a new, empty database.
  std::string create_database();
  // Stops the server at once and starts it again on the same data.
  void restart();

 private:
  PostgresCluster();
  void start_server();
  void stop_server();
  std::string url(const std::string& database) const;

  std::string folder_;
  std::string binaries_;
  std::string problem_;
  pid_t server_ = 0;
  std::thread log_reader_;
  int databases_ = 0;
};

}  // namespace handrail::storage
