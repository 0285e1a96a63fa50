// The relay with endpoints that the test plays and a catalog on disk, which can be away.
#pragma once

#include <gmock/gmock.h>

#include <asio/post.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/endpoints/relay.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/storage/catalog_fixture.hpp"

namespace endpoints::testing {

using namespace std::chrono_literals;

// What the fakes were told, of all of them. Thread-safe.
struct Told {
  std::mutex mutex;
  std::vector<std::string> done;       // "TARGET VERB"
  std::atomic<bool> may_store = true;  // false: what is stored at the end takes until it is true
  void add(std::string what) {
    const std::lock_guard lock(mutex);
    done.push_back(std::move(what));
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex);
    return done;
  }
};

enum class How : std::uint8_t { at_once, later, never, at_the_end };

class Fake final : public Endpoint {
 public:
  Fake(hub::EndpointInfo info, How how, Told& told, Host& host)
      : info_(std::move(info)), how_(how), told_(told), host_(host) {}
  const hub::EndpointInfo& info() const noexcept override { return info_; }
  std::string address() const override { return "here"; }
  void start() override { told_.add(info_.name + " start"); }
  void run(const hub::Command& command, Done done) override {
    told_.add(info_.name + " " + command.verb);
    if (how_ == How::at_once) return done({.outcome = hub::Outcome::confirmed, .latency = 2ms});
    if (how_ == How::at_the_end) ++storing_;
    if (how_ == How::later)
      return asio::post(host_.context(), [done = std::move(done)] { done({.outcome = hub::Outcome::sent}); });
    unanswered_.push_back(std::move(done));
  }
  Health health() const override { return {}; }
  // Takes a few turns of the thread to store what it has.
  void close() override {
    told_.add(info_.name + " close");
    if (storing_ != 0) store(3);
  }
  bool is_busy() const override { return storing_ != 0; }

 private:
  void store(int turns) {
    if (!told_.may_store) return asio::post(host_.context(), [this, turns] { store(turns); });
    if (turns > 0) return asio::post(host_.context(), [this, turns] { store(turns - 1); });
    for (const Done& done : std::exchange(unanswered_, {})) {
      --storing_;
      done({.outcome = hub::Outcome::confirmed, .reason = "It is stored."});
    }
  }

  const hub::EndpointInfo info_;
  const How how_;
  Told& told_;
  Host& host_;
  std::vector<Done> unanswered_;
  std::size_t storing_ = 0;
};

// A catalog whose settings can be away, or hang.
class Away final : public storage::RelayCatalog {
 public:
  explicit Away(storage::RelayCatalog& catalog) : catalog_(catalog) {}
  std::atomic<bool> away = false;
  std::atomic<unsigned> refused = 0;  // calls while it was away

  base::Result<> note(const storage::RelayNotes& notes) override { return catalog_.note(notes); }
  base::Result<storage::TriggerPage> list_triggers(const storage::TriggerQuery& query) override {
    return catalog_.list_triggers(query);
  }
  base::Result<std::optional<storage::Trigger>> find_trigger(const base::Uuid& id) override {
    return catalog_.find_trigger(id);
  }
  base::Result<storage::RelayTakePage> list_takes(std::uint32_t limit, std::string_view cursor) override {
    return catalog_.list_takes(limit, cursor);
  }
  base::Result<std::optional<storage::RelayTake>> find_take(const base::Uuid& id) override {
    return catalog_.find_take(id);
  }
  base::Result<std::uint64_t> last_take_number() override { return catalog_.last_take_number(); }
  base::Result<std::vector<storage::PendingCommand>> pending(std::string_view node) override {
    return catalog_.pending(node);
  }
  base::Result<> end_left_open(std::string_view node, std::string_view reason) override {
    return catalog_.end_left_open(node, reason);
  }
  base::Result<storage::RelayRules> rules() override { return catalog_.rules(); }
  base::Result<storage::RelayRules> set_rules(std::string_view rules, std::uint64_t expected,
                                              base::UtcTime now) override {
    return catalog_.set_rules(rules, expected, now);
  }
  base::Result<std::vector<storage::RelayArm>> arms() override {
    ++looks;
    const auto held = std::lock_guard(arms_held);
    return catalog_.arms();
  }
  base::Result<> set_arm(const storage::RelayArm& arm) override {
    if (!away) return catalog_.set_arm(arm);
    ++refused;
    return base::fail(base::Errc::unavailable, "The catalog is away.");
  }
  base::Result<std::vector<storage::RelayLatency>> latencies() override { return catalog_.latencies(); }
  base::Result<> set_latency(const storage::RelayLatency& latency) override {
    const auto held = std::lock_guard(latency_held);
    return catalog_.set_latency(latency);
  }
  base::Result<std::uint32_t> forget_triggers(base::UtcTime older_than, std::uint32_t limit) override {
    return catalog_.forget_triggers(older_than, limit);
  }
  std::mutex latency_held;
  std::mutex arms_held;
  std::atomic<unsigned> looks = 0;  // begun

 private:
  storage::RelayCatalog& catalog_;
};

inline constexpr std::string_view pitch = R"([{"name": "pitch", "when": {"source": "field"}, "do": [
  {"target": "west", "verb": "trigger", "name": "{name}"}, {"target": "desk", "verb": "post"}]}])";

class RelayTest : public tests::SqliteTest {
 protected:
  RelayTest() : catalog_(open()) {}

  base::Result<> make(std::string_view rules, How how = How::at_once) {
    relay_.reset();
    journal_.reset();  // what was noted is written
    registry_ = std::make_unique<prometheus::Registry>();
    journal_ = std::make_unique<storage::RelayJournal>(catalog_->relay(), *registry_, journal_options());
    Config config;
    auto parsed = hub::parse_rules(rules, hub::RuleOrigin::file);
    if (!parsed) return std::unexpected(parsed.error());
    config.rules = std::move(*parsed);
    Services services{.catalog = away_, .mavlink = catalog_->mavlink(), .journal = *journal_, .node = "n"};
    auto made = Relay::create(std::move(config), std::move(services), *registry_, [&](Host& host, MediaWriter*) {
      using hub::Protocol;
      std::vector<std::unique_ptr<Endpoint>> all;
      const auto add = [&](hub::EndpointInfo info, How does) {
        all.push_back(std::make_unique<Fake>(std::move(info), does, told_, host));
      };
      add({.name = "field", .protocol = Protocol::edgertronic, .hears = true}, How::never);
      add({.name = "west", .protocol = Protocol::edgertronic, .acts = true}, how);
      add({.name = "desk", .protocol = Protocol::webhook, .acts = true}, How::later);
      return base::Result<std::vector<std::unique_ptr<Endpoint>>>(std::move(all));
    });
    if (!made) return std::unexpected(made.error());
    relay_ = std::move(*made);
    return {};
  }
  void run(std::string_view rules, How how = How::at_once) {
    const auto made = make(rules, how);
    ASSERT_TRUE(made) << made.error().message;
    relay_->start();
  }
  static hub::Event event(std::string name = "a") {
    return {.protocol = hub::Protocol::edgertronic,
            .source = "field",
            .kind = "trigger",
            .fields = {{"name", std::move(name)}}};
  }
  std::vector<storage::Trigger> log() {
    EXPECT_TRUE(journal_->flush(tests::patience));
    return catalog_->relay().list_triggers({.limit = 500}).value().items;
  }
  std::string outcome_of(std::string_view endpoint) {
    for (const storage::Trigger& row : log())
      if (!row.incoming && row.endpoint == endpoint) return row.outcome;
    return "none";
  }
  bool eventually_told(std::string_view what) {
    return tests::eventually([&] { return std::ranges::count(told_.all(), what) > 0; });
  }

  // The rows of a test are written before its catalog goes, however busy this machine is.
  static storage::JournalOptions journal_options() {
    storage::JournalOptions options{.node = "n"};
    options.closing_patience = std::chrono::minutes{2};
    return options;
  }

  std::unique_ptr<storage::sqlite::SqliteCatalog> catalog_;
  Away away_{catalog_->relay()};
  Told told_;
  std::unique_ptr<prometheus::Registry> registry_;
  std::unique_ptr<storage::RelayJournal> journal_;
  std::unique_ptr<Relay> relay_;
};

}  // namespace endpoints::testing
