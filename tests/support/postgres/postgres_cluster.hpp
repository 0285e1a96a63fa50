// A PostgreSQL server of a test program's own: data, socket and log in a folder that is removed with it, on a free port
// of the loopback, with fsync on. As root it runs as another user, because PostgreSQL refuses to be root. Ended by pid;
// the server dies with the thread that started it. Throws when the server cannot be made. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_folder.hpp"

namespace tests {

class PostgresCluster {
 public:
  static constexpr std::string_view superuser = "postgres";
  static constexpr std::string_view password = "correct-horse";  // of the superuser

  // Takes about two seconds.
  PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;
  ~PostgresCluster();

  // The one that the whole program shares.
  static PostgresCluster& shared();

  // postgresql://ROLE:SECRET@127.0.0.1:PORT/DATABASE, and behind it the schema to work in, where one is named.
  std::string url(std::string_view schema = {}, std::string_view database = "postgres",
                  std::string_view role = superuser, std::string_view secret = password) const;
  // The URL of a schema that nobody else has; made here, gone with the cluster.
  std::string fresh_schema(std::string& name);
  std::string fresh_schema() {
    std::string name;
    return fresh_schema(name);
  }

  // Any number of statements over a connection of their own; the rows of the last one, as text. Throws on an error.
  using Row = std::vector<std::string>;
  std::vector<Row> run(const std::string& sql, std::string_view database = "postgres") const;
  std::string value(const std::string& sql, std::string_view database = "postgres") const;  // the first of the rows

  std::uint16_t port() const noexcept { return port_; }
  std::string describe(std::string_view database = "postgres") const;  // the URL without password and schema

  void start();
  // As `pg_ctl stop -m immediate`: no goodbye, recovery at the next start.
  void stop_hard();
  // As `pg_ctl stop -m fast`: sessions are ended, what they had begun is undone, everything is written down.
  void stop_fast();
  void restart_hard() {
    stop_hard();
    start();
  }
  // SIGSTOP to every process of the server, SIGCONT: it is there, takes connections, and answers nothing.
  void freeze();
  void thaw();

 private:
  bool answers() const;
  void stop(int signal);
  void signal_all(int number) const;

  TempFolder folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace tests
