// One connection to PostgreSQL. One thread at a time. Nothing here throws, and nothing waits without end: the server
// stops a statement that takes too long, and a server that is silent beyond that loses the connection.
#pragma once

#include <memory>

#include "storage/catalog/postgres_error.hpp"
#include "storage/catalog/postgres_location.hpp"
#include "storage/catalog/sql.hpp"
#include "storage/catalog/watchdog.hpp"

namespace storage::postgres {

// The oldest that this program is tested to understand, and that its makers still mend.
constexpr int lowest_server_version = 13;

class Connection final : public sql::Connection {
 public:
  enum class Purpose : std::uint8_t {
    write,
    read,     // pages: every statement is planned for its own values
    migrate,  // statements may take long
  };
  // `refused` from a server that would lose what it has acknowledged (fsync off), or that is too old.
  static base::Result<std::unique_ptr<Connection>> open(const Location& location, Watchdog& watchdog, Purpose purpose);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override;

  sql::Dialect dialect() const noexcept override { return sql::Dialect::postgres; }
  base::Result<sql::Rows> ask(std::string_view sql, std::span<const sql::Value> values) override;
  // Any number of statements without parameters, one trip; not kept.
  base::Result<> execute(std::string_view sql);

  // In the same trip it is looked up that the server still keeps what it acknowledges: `refused` when it does not.
  base::Result<> begin();
  // A transaction in which a statement failed is an error here, not a silent rollback.
  base::Result<> commit();
  // Undoes whatever transaction is open. A connection that cannot is lost.
  void rollback() noexcept;

  // Of the last error. `reconnect` stays: throw the connection away.
  Aftermath aftermath() const noexcept { return aftermath_; }
  bool is_lost() const noexcept { return aftermath_ == Aftermath::reconnect; }

 private:
  struct Driver;
  Connection(std::unique_ptr<Driver> driver, const Location& location, Watchdog& watchdog, Purpose purpose);
  base::Result<> configure(const Patience& patience, Purpose purpose);
  std::unexpected<base::Error> fail(std::string_view sqlstate, std::string_view detail);
  std::unexpected<base::Error> fail_silent();
  // What `call` of libpqxx gives, within the time a statement may take.
  template <class Call>
  auto guarded(Call call) -> base::Result<decltype(call())>;

  const std::string name_;  // of the catalog, for errors
  const std::chrono::milliseconds limit_;
  std::unique_ptr<Driver> driver_;
  Watchdog::Line line_;
  Aftermath aftermath_ = Aftermath::usable;
};

}  // namespace storage::postgres
