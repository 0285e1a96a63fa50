// The only file that sees libpqxx.
#include "storage/catalog/postgres_connection.hpp"

#include <charconv>
#include <cstring>
#include <pqxx/pqxx>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "storage/catalog/postgres_text.hpp"

namespace storage::postgres {

struct Connection::Driver {
  explicit Driver(const std::string& parameters) : connection(parameters), session(connection) {
    // Connecting again behind our back would forget the transaction and the settings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }

  const std::string& prepared(std::string_view sql) {
    const auto [at, inserted] = statements.try_emplace(std::string(sql), fmt::format("s{}", statements.size()));
    if (inserted) connection.prepare(at->second, at->first);
    return at->second;
  }

  pqxx::connection connection;
  pqxx::nontransaction session;  // BEGIN and COMMIT are statements of ours
  std::unordered_map<std::string, std::string> statements;
};

namespace {
template <class Number>
Number number_of(const pqxx::field& field) noexcept {
  Number number{};
  const char* text = field.c_str();
  std::from_chars(text, text + field.size(), number);
  return number;
}

class ResultCursor final : public sql::Cursor {
 public:
  explicit ResultCursor(const pqxx::result& result) : result_(result) {}  // a shared handle
  base::Result<bool> step() override { return ++row_ < result_.size(); }
  bool is_null(int column) const noexcept override { return field(column).is_null(); }
  std::int64_t integer(int column) const noexcept override {
    const auto value = field(column);
    return *value.c_str() == 't' ? 1 : number_of<std::int64_t>(value);  // "t" and "f" of a boolean
  }
  double number(int column) const noexcept override { return number_of<double>(field(column)); }
  std::string text(int column) const override {
    const auto value = field(column);
    return from_database({value.c_str(), value.size()});
  }
  std::string bytes(int column) const override {
    const auto value = field(column);
    return from_bytea({value.c_str(), value.size()});
  }

 private:
  pqxx::field field(int column) const noexcept { return result_[row_][static_cast<pqxx::row::size_type>(column)]; }
  pqxx::result result_;
  pqxx::result::size_type row_ = static_cast<pqxx::result::size_type>(-1);
};

// As text, which the server takes for whatever the place wants.
struct Writer {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(bool value) const { return value ? "t" : "f"; }
  std::string operator()(std::string_view value) const { return to_database(value); }
  std::string operator()(const base::Uuid& value) const { return value.str(); }
  std::string operator()(sql::Blob value) const { return to_bytea(value.bytes); }
  template <class Number>
  std::string operator()(Number value) const {
    return fmt::to_string(value);
  }
};

// `texts` keeps what the pointers point to.
std::vector<const char*> parameters(std::span<const sql::Value> values, std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  texts.reserve(values.size());
  for (const auto& value : values) {
    const bool null = std::holds_alternative<std::monostate>(value.get());
    texts.push_back(std::visit(Writer{}, value.get()));
    pointers.push_back(null ? nullptr : texts.back().c_str());
  }
  return pointers;
}

std::chrono::milliseconds statement_limit(const Patience& patience, Connection::Purpose purpose) noexcept {
  return purpose == Connection::Purpose::migrate ? patience.migration : patience.statement;
}

// A server that died in our transaction's time, and a process of ours that did, must not hold locks for ever.
constexpr std::chrono::seconds abandoned_transaction{30};

std::string settings_sql(std::chrono::milliseconds limit, Connection::Purpose purpose) {
  // Generic plans do not know how few rows a page has. remote_apply is more than on: on a standby, too.
  return fmt::format(
      "SELECT set_config('statement_timeout', '{}', false), "
      "set_config('idle_in_transaction_session_timeout', '{}s', false), "
      "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' "
      "THEN 'remote_apply' ELSE 'on' END, false), "
      "set_config('plan_cache_mode', '{}', false), set_config('default_transaction_isolation', 'read committed', "
      "false), set_config('client_encoding', 'UTF8', false), set_config('extra_float_digits', '1', false), "
      "current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync",
      limit.count(), abandoned_transaction.count(),
      purpose == Connection::Purpose::read ? "force_custom_plan" : "auto");
}

template <class Kind>
bool is(const pqxx::sql_error& error) noexcept {
  return dynamic_cast<const Kind*>(&error) != nullptr;
}

// libpqxx forgets the code of some errors that it has a class for.
std::string state_of(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (is<pqxx::insufficient_privilege>(error)) return "42501";
  if (is<pqxx::undefined_table>(error)) return "42P01";
  if (is<pqxx::undefined_column>(error)) return "42703";
  if (is<pqxx::feature_not_supported>(error)) return "0A000";
  if (is<pqxx::unique_violation>(error)) return "23505";
  if (is<pqxx::integrity_constraint_violation>(error)) return "23000";
  if (is<pqxx::data_exception>(error)) return "22000";
  if (is<pqxx::disk_full>(error)) return "53100";
  return is<pqxx::insufficient_resources>(error) ? "53000" : "";
}

std::unexpected<base::Error> unsafe_server(std::string_view catalog) {
  return base::fail(base::Errc::refused,
                    fmt::format("the server of the catalog {} runs with fsync = off, so a power failure would take "
                                "files that are acknowledged: set fsync = on in its postgresql.conf and reload it",
                                catalog));
}
}  // namespace

Connection::Connection(std::unique_ptr<Driver> driver, const Location& location, Watchdog& watchdog, Purpose purpose)
    : name_(location.describe()),
      limit_(statement_limit(location.patience, purpose) + location.patience.silence),
      driver_(std::move(driver)),
      line_(watchdog, driver_->connection.sock()) {}

Connection::~Connection() = default;

base::Result<std::unique_ptr<Connection>> Connection::open(const Location& location, Watchdog& watchdog,
                                                           Purpose purpose) {
  std::unique_ptr<Driver> driver;
  try {
    driver = std::make_unique<Driver>(location.connection_string());
  } catch (const std::exception& error) {
    return std::unexpected(connect_failed(error.what(), location.describe()));
  }
  std::unique_ptr<Connection> connection(new Connection(std::move(driver), location, watchdog, purpose));
  if (auto configured = connection->configure(location.patience, purpose); !configured)
    return std::unexpected(configured.error());
  return connection;
}

base::Result<> Connection::configure(const Patience& patience, Purpose purpose) {
  const int version = driver_->connection.server_version() / 10'000;
  if (version < lowest_server_version)
    return base::fail(base::Errc::refused,
                      fmt::format("the server of the catalog {} is PostgreSQL {}: this program needs {} or later",
                                  name_, version, lowest_server_version));
  const auto settings =
      guarded([&] { return driver_->session.exec(settings_sql(statement_limit(patience, purpose), purpose)); });
  if (!settings) return std::unexpected(settings.error());
  const auto row = settings->front();
  if (std::strcmp(row["encoding"].c_str(), "UTF8") != 0)
    return base::fail(base::Errc::refused,
                      fmt::format("the catalog {} is a database with the encoding {}: make one with ENCODING 'UTF8'",
                                  name_, row["encoding"].c_str()));
  if (std::strcmp(row["fsync"].c_str(), "on") != 0) return unsafe_server(name_);
  return {};
}

template <class Call>
auto Connection::guarded(Call call) -> base::Result<decltype(call())> {
  if (is_lost()) return fail("08006", "it was lost before");
  line_.arm(base::steady_now() + limit_);
  try {
    auto result = call();
    if (line_.disarm()) return fail_silent();
    return result;
  } catch (const pqxx::broken_connection& error) {
    return line_.disarm() ? fail_silent() : fail("08006", error.what());
  } catch (const pqxx::transaction_rollback& error) {
    return line_.disarm() ? fail_silent() : fail("40001", error.what());
  } catch (const pqxx::sql_error& error) {
    return line_.disarm() ? fail_silent() : fail(state_of(error), error.what());
  } catch (const std::exception& error) {
    return line_.disarm() ? fail_silent() : fail("", error.what());
  }
}

std::unexpected<base::Error> Connection::fail(std::string_view sqlstate, std::string_view detail) {
  const bool lost = is_lost();
  auto answer = statement_failed(sqlstate, detail, name_);
  aftermath_ = lost || !driver_->connection.is_open() ? Aftermath::reconnect : answer.aftermath;
  return std::unexpected(std::move(answer.error));
}

std::unexpected<base::Error> Connection::fail_silent() {
  aftermath_ = Aftermath::reconnect;
  return base::fail(base::Errc::unavailable,
                    fmt::format("the server of the catalog {} has not answered for {} ms: it hangs, or the network "
                                "between us is broken",
                                name_, limit_.count()));
}

base::Result<sql::Rows> Connection::ask(std::string_view sql, std::span<const sql::Value> values) {
  std::vector<std::string> texts;
  const auto pointers = parameters(values, texts);
  auto result = guarded([&] {
    return driver_->session.exec_prepared(driver_->prepared(sql), pqxx::prepare::make_dynamic_params(pointers));
  });
  if (!result) return std::unexpected(result.error());
  return sql::Rows(std::make_unique<ResultCursor>(std::move(*result)));
}

base::Result<> Connection::execute(std::string_view sql) {
  const auto result = guarded([&] { return driver_->session.exec(std::string(sql)); });
  if (!result) return std::unexpected(result.error());
  return {};
}

base::Result<> Connection::begin() {
  const auto fsync = guarded([&] { return driver_->session.exec("BEGIN; SELECT current_setting('fsync')"); });
  if (!fsync) return std::unexpected(fsync.error());
  if (std::strcmp(fsync->front().front().c_str(), "on") == 0) return {};
  rollback();
  return unsafe_server(name_);
}

// SET is refused behind a failed statement, where COMMIT would be a rollback that reports success. And a server that
// waits for its standby must not cut that wait short: it would report success, too, without the standby.
base::Result<> Connection::commit() {
  return execute("SET LOCAL statement_timeout = 0; COMMIT");
}

void Connection::rollback() noexcept {
  if (is_lost()) return;
  if (!execute("ROLLBACK")) aftermath_ = Aftermath::reconnect;
}

}  // namespace storage::postgres
