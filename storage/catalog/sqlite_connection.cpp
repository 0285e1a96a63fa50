#include "storage/catalog/sqlite_connection.hpp"

#include <sqlite3.h>

#include <array>
#include <charconv>
#include <limits>
#include <thread>

#include <fmt/format.h>

#include "server/base/ids.hpp"
#include "storage/catalog/sqlite_error.hpp"

namespace storage::sqlite {

namespace {
// A checkpoint leaves a longer log file cut to this: a burst must not keep its space for ever.
constexpr int kept_log_bytes = 64 * 1024 * 1024;
// Switching a new file to its write-ahead log needs it alone, and SQLite does not wait for that by itself.
constexpr int log_attempts = 100;
constexpr std::chrono::milliseconds log_retry{20};

int open_flags(Connection::Mode mode) noexcept {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  return mode == Connection::Mode::create ? flags | SQLITE_OPEN_CREATE : flags;
}
}  // namespace

Location Location::memory() {
  // SQLite's own in-memory layer shares a database between connections when its name begins with a slash.
  return {.path = "/" + base::Uuid::v7(base::utc_now()).str(), .vfs = "memdb", .in_memory = true};
}

// ---- Statement

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

namespace {
// Binds one alternative of a value; the answer is SQLite's code.
struct Binder {
  sqlite3_stmt* statement;
  int parameter;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, parameter); }
  int operator()(bool value) const { return sqlite3_bind_int64(statement, parameter, value ? 1 : 0); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, parameter, value); }
  int operator()(std::uint64_t value) const {
    if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return SQLITE_TOOBIG;
    return sqlite3_bind_int64(statement, parameter, static_cast<std::int64_t>(value));
  }
  int operator()(double value) const { return sqlite3_bind_double(statement, parameter, value); }
  int operator()(std::string_view value) const {
    const char* data = value.data() == nullptr ? "" : value.data();  // without data it would be NULL
    return sqlite3_bind_text64(statement, parameter, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int operator()(const base::Uuid& value) const { return (*this)(value.str()); }
  int operator()(sql::Blob value) const {
    const char* data = value.bytes.data() == nullptr ? "" : value.bytes.data();  // as above
    return sqlite3_bind_blob64(statement, parameter, data, value.bytes.size(), SQLITE_TRANSIENT);
  }
};
}  // namespace

// By name: SQLite numbers its parameters in the order in which they appear in the text, whatever they are called.
Statement& Statement::bind(const sql::Value& value) {
  std::array<char, 16> name{'$'};
  std::to_chars(name.data() + 1, name.data() + name.size() - 1, next_parameter_++);
  const int parameter = sqlite3_bind_parameter_index(statement_, name.data());
  if (const int rc = std::visit(Binder{statement_, parameter}, value.get()); rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

base::Result<bool> Statement::step() {
  if (bind_error_ != 0) return connection_->fail(bind_error_);
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return connection_->fail(rc);
}

bool Statement::is_null(int column) const noexcept {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const noexcept {
  return sqlite3_column_int64(statement_, column);
}
double Statement::number(int column) const noexcept {
  return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);  // before the size is asked for: it may convert
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

// ---- Connection

void Connection::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

base::Result<std::unique_ptr<Connection>> Connection::open(const Location& location, Mode mode) {
  sqlite3* handle = nullptr;
  const char* vfs = location.vfs.empty() ? nullptr : location.vfs.c_str();
  const int rc = sqlite3_open_v2(location.path.c_str(), &handle, open_flags(mode), vfs);
  if (handle == nullptr) return std::unexpected(make_error(SQLITE_NOMEM, 0, "out of memory", location.describe()));
  std::unique_ptr<Connection> connection(new Connection(handle, location));
  if (rc != SQLITE_OK) return connection->fail(rc);
  if (auto configured = connection->configure(mode); !configured) return std::unexpected(configured.error());
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close_v2(handle_);
}

base::Result<> Connection::configure(Mode mode) {
  sqlite3_busy_timeout(handle_, static_cast<int>(location_.busy_timeout.count()));
  if (auto done =
          execute(fmt::format("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; "
                              "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = {};",
                              kept_log_bytes));
      !done)
    return done;
  if (mode == Mode::reader) return execute("PRAGMA query_only = ON;");
  return choose_journal();
}

base::Result<> Connection::choose_journal() {
  const std::string_view wanted = location_.in_memory ? "memory" : "wal";
  for (int attempt = 1;; ++attempt) {
    auto switched = query(fmt::format("PRAGMA journal_mode = {}", wanted));
    if (!switched) return std::unexpected(switched.error());
    const auto row = switched->step();
    if (row) {
      const std::string mode = *row ? switched->text(0) : "";
      if (mode == wanted) return {};
      return base::fail(base::Errc::io,
                        fmt::format("the catalog {} cannot use a write-ahead log here (it answers '{}'): "
                                    "put it on a local file system",
                                    location_.describe(), mode));
    }
    if (row.error().code != base::Errc::unavailable || attempt == log_attempts) return std::unexpected(row.error());
    std::this_thread::sleep_for(log_retry);
  }
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  const auto [at, inserted] = statements_.try_emplace(std::string(sql));
  if (inserted) {
    sqlite3_stmt* statement = nullptr;
    const int rc = sqlite3_prepare_v3(handle_, at->first.c_str(), static_cast<int>(at->first.size() + 1),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (rc != SQLITE_OK) {
      statements_.erase(at);
      return fail(rc);
    }
    at->second.reset(statement);
  }
  return Statement(*this, at->second.get());
}

base::Result<sql::Rows> Connection::ask(std::string_view sql, std::span<const sql::Value> values) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  for (const auto& value : values) statement->bind(value);
  return sql::Rows(std::make_unique<Statement>(std::move(*statement)));
}

base::Result<> Connection::execute(const std::string& sql) {
  if (const int rc = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); rc != SQLITE_OK) return fail(rc);
  return {};
}

bool Connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::rollback() noexcept {
  if (!in_transaction()) return;
  if (sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK && in_transaction()) suspect_ = true;
}

std::unexpected<base::Error> Connection::fail(int code) {
  if (leaves_doubts(code)) suspect_ = true;
  // Bind errors of our own are not what the connection failed with last.
  const bool own = sqlite3_extended_errcode(handle_) != code;
  return std::unexpected(make_error(code, own ? 0 : sqlite3_system_errno(handle_),
                                    own ? sqlite3_errstr(code) : sqlite3_errmsg(handle_), location_.describe()));
}

// ---- Transaction

base::Result<Transaction> Transaction::begin(Connection& connection) {
  if (auto begun = connection.run("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->rollback();
}

base::Result<> Transaction::commit() {
  if (auto committed = connection_->run("COMMIT"); !committed) return committed;
  connection_ = nullptr;
  return {};
}

}  // namespace storage::sqlite
