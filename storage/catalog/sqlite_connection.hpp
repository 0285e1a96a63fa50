// A small layer over SQLite's C API: connections, cached statements, transactions. Nothing here throws.
// A connection and everything made from it belong to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "storage/catalog/sql.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace storage::sqlite {

// Well above the longest transaction of ours, well below a camera's patience.
constexpr std::chrono::milliseconds default_busy_timeout{5'000};

struct Location {
  std::string path;
  std::string vfs;  // SQLite's name of the operating system layer; empty for the default one
  bool in_memory = false;
  // How long a statement waits for another process or thread to finish its transaction.
  std::chrono::milliseconds busy_timeout = default_busy_timeout;

  std::string describe() const { return in_memory ? ":memory:" : path; }

  // A database of its own, gone with its last connection.
  static Location memory();
};

class Connection;

// A prepared statement lent by its connection's cache. Goes back when it is destroyed: at most one of the same text at
// a time. Bind all parameters, $1 first, then step.
class Statement final : public sql::Cursor {
 public:
  Statement(Connection& connection, sqlite3_stmt* statement) : connection_(&connection), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement() override;

  // A binding that fails is remembered and is the answer to the next step().
  Statement& bind(const sql::Value& value);

  base::Result<bool> step() override;
  bool is_null(int column) const noexcept override;
  std::int64_t integer(int column) const noexcept override;
  double number(int column) const noexcept override;
  std::string text(int column) const override;
  std::string bytes(int column) const override;

 private:
  Connection* connection_;
  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
  int bind_error_ = 0;
};

class Connection final : public sql::Connection {
 public:
  enum class Mode : std::uint8_t {
    create,    // the file is made where it is missing
    existing,  // a catalog that vanished must not silently become an empty one
    reader,    // existing, and refuses to write
  };
  static base::Result<std::unique_ptr<Connection>> open(const Location& location, Mode mode);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override;

  base::Result<Statement> prepare(std::string_view sql);
  sql::Dialect dialect() const noexcept override { return sql::Dialect::sqlite; }
  base::Result<sql::Rows> ask(std::string_view sql, std::span<const sql::Value> values) override;
  // Any number of statements without parameters, not cached.
  base::Result<> execute(const std::string& sql);

  bool in_transaction() const noexcept;
  // Undoes whatever transaction is open; none is fine.
  void rollback() noexcept;
  // After an error that leaves doubts about the connection: close it and open another.
  bool is_suspect() const noexcept { return suspect_; }

  // The error of a failed call on this connection, as a sentence that says what to do.
  std::unexpected<base::Error> fail(int code);

 private:
  Connection(sqlite3* handle, Location location) : handle_(handle), location_(std::move(location)) {}
  base::Result<> configure(Mode mode);
  base::Result<> choose_journal();

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  sqlite3* handle_;
  Location location_;
  bool suspect_ = false;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

// BEGIN IMMEDIATE … COMMIT; undone when it is destroyed before commit() succeeded.
class Transaction {
 public:
  static base::Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  base::Result<> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace storage::sqlite
