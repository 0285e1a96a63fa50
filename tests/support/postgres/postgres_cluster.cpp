#include "tests/support/postgres/postgres_cluster.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/eventually.hpp"

namespace tests {

namespace {
namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& why) {
  throw std::runtime_error("PostgreSQL for tests: " + why);
}

// The newest of /usr/lib/postgresql/VERSION/bin.
fs::path programs() {
  std::error_code none;
  int newest = 0;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (fs::exists(entry.path() / "bin/initdb")) newest = std::max(newest, version);
  }
  if (newest == 0) give_up("there is no /usr/lib/postgresql/VERSION/bin/initdb: install the package postgresql");
  return fs::path("/usr/lib/postgresql") / std::to_string(newest) / "bin";
}

// Whom to be instead of root.
std::optional<passwd> other_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"})
    if (const passwd* found = getpwnam(name)) return *found;
  give_up("runs as root, and there is neither a user postgres nor nobody");
}

void become(const std::optional<passwd>& user) {
  if (user && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
}

std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("no free port");
  close(probe);
  return ntohs(address.sin_port);
}

// A child that runs `arguments`, its output at the end of `log`.
pid_t spawn(std::vector<std::string> arguments, const fs::path& log, const fs::path& folder) {
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const auto user = other_user();
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t child = fork();
  if (child == 0) {
    if (chdir(folder.c_str()) != 0) _exit(125);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    become(user);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);  // behind become(), which clears it
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  close(output);
  if (child < 0) give_up("no process");
  return child;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<pid_t> children_of(pid_t process) {
  std::ifstream in(fmt::format("/proc/{0}/task/{0}/children", process));
  return {std::istream_iterator<pid_t>(in), {}};
}
}  // namespace

PostgresCluster::PostgresCluster() : port_(free_port()) {
  const fs::path secret = folder_ / "password";
  std::ofstream(secret) << password << '\n';
  if (const auto user = other_user()) {
    for (const fs::path& each : {folder_.path(), secret})
      if (chown(each.c_str(), user->pw_uid, user->pw_gid) != 0) give_up("cannot give away " + each.string());
  }
  const fs::path log = folder_ / "initdb.log";
  const pid_t child = spawn({programs() / "initdb", "-D", folder_ / "data", "-U", std::string(superuser), "-E", "UTF8",
                             "--locale=C", "-A", "scram-sha-256", "--pwfile=" + secret.string(), "--no-sync"},
                            log, folder_.path());
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) give_up("initdb failed: " + text_of(log));
  start();
}

PostgresCluster::~PostgresCluster() {
  thaw();
  stop_hard();
}

PostgresCluster& PostgresCluster::shared() {
  static PostgresCluster cluster;
  return cluster;
}

void PostgresCluster::start() {
  const fs::path log = folder_ / "server.log";
  pid_ = spawn({programs() / "postgres", "-D", folder_ / "data", "-k", folder_.path(), "-h", "127.0.0.1", "-p",
                std::to_string(port_), "-c", "max_connections=200", "-c", "recovery_init_sync_method=syncfs"},
               log, folder_.path());
  // After a crash it first syncs all of the volume and reads its log again: on a busy disk that takes its time.
  constexpr std::chrono::minutes recovery{3};
  if (!eventually([&] { return answers(); }, recovery)) give_up("the server does not start: " + text_of(log));
}

bool PostgresCluster::answers() const {
  const auto parameters = fmt::format("host=127.0.0.1 port={} dbname=postgres connect_timeout=2", port_);
  return PQping(parameters.c_str()) == PQPING_OK;
}

void PostgresCluster::stop(int signal) {
  if (pid_ < 0) return;
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void PostgresCluster::stop_hard() {
  stop(SIGQUIT);
}

void PostgresCluster::stop_fast() {
  stop(SIGINT);
}

void PostgresCluster::signal_all(int number) const {
  if (pid_ < 0) return;
  kill(pid_, number);
  for (const pid_t child : children_of(pid_)) kill(child, number);
}

void PostgresCluster::freeze() {
  signal_all(SIGSTOP);
}

void PostgresCluster::thaw() {
  signal_all(SIGCONT);
}

std::string PostgresCluster::url(std::string_view schema, std::string_view database, std::string_view role,
                                 std::string_view secret) const {
  const auto options = schema.empty() ? "" : fmt::format("?options=-csearch_path%3D%22{}%22", schema);
  return fmt::format("postgresql://{}:{}@127.0.0.1:{}/{}{}", role, secret, port_, database, options);
}

std::string PostgresCluster::describe(std::string_view database) const {
  return fmt::format("postgresql://{}@127.0.0.1:{}/{}", superuser, port_, database);
}

std::string PostgresCluster::fresh_schema(std::string& name) {
  static std::atomic<int> counter{0};
  name = fmt::format("test_{}", ++counter);
  run("CREATE SCHEMA " + name);
  return url(name);
}

std::vector<PostgresCluster::Row> PostgresCluster::run(const std::string& sql, std::string_view database) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url({}, database).c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    give_up(fmt::format("{}: {}", sql, PQerrorMessage(connection.get())));
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (int column = 0; column < PQnfields(result.get()); ++column)
      rows[row].emplace_back(PQgetvalue(result.get(), static_cast<int>(row), column));
  return rows;
}

std::string PostgresCluster::value(const std::string& sql, std::string_view database) const {
  return run(sql, database).at(0).at(0);
}

}  // namespace tests
