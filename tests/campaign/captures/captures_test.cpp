// Requests for files, over trackers that refuse, are silent, answer late and drop their links, while the server is
// killed again and again: each comes to a true end, and no command is sent again without need.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>

#include "tests/campaign/captures/audit.hpp"
#include "tests/campaign/captures/needless.hpp"
#include "tests/campaign/captures/plan.hpp"
#include "tests/campaign/captures/wisher.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/ports.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests::captures {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto for_the_start = 60s;
constexpr auto for_the_report = 60s;
constexpr auto for_the_end = 60s;
constexpr auto reserve = 60s;  // behind the last request's deadline, on a loaded machine
constexpr auto links_come = 2s;
constexpr std::uint64_t longest_downtime_ms = 1'000;  // and what a start takes

class Trial {
 public:
  // `catalog`: empty is the server's own, SQLite.
  Trial(const Plan& plan, std::string catalog) : plan_(plan), catalog_(std::move(catalog)), random_(plan.seed) {
    start();
  }

  void go() {
    simulator_ = std::make_unique<ChildProcess>(simulator_command(), folder_ / "sim.json");
    const Wisher wisher(plan_, http_);
    for (unsigned n = 0; n < plan_.kills; ++n) kill_at(n);
    ASSERT_TRUE(eventually([&] { return wisher.finished(); }, std::chrono::seconds(plan_.seconds) + reserve));
    asked_ = seconds();
    ASSERT_TRUE(
        eventually([&] { return open_requests(http_) == 0; }, std::chrono::seconds(plan_.deadline_s) + reserve));
    all_ended_ = seconds();
    look_at(wisher);
  }

 private:
  void start() {
    std::vector<std::string> flags = patience_flags();
    const auto listen = [&](const char* flag, std::uint16_t port) {
      flags.insert(flags.end(), {flag, fmt::format("127.0.0.1:{}", port)});
    };
    listen("--dualcam-listen", cameras_);
    listen("--avl-listen", avl_);
    listen("--http-listen", http_);
    flags.insert(flags.end(), {"--transcode-jobs", "0"});
    if (!catalog_.empty()) flags.insert(flags.end(), {"--catalog", catalog_});
    server_ = std::make_unique<ServerProcess>(ServerStart{.data_dir = folder_ / "data", .flags = flags});
    if (!server_->wait_ready(for_the_start)) throw std::runtime_error("The server does not start:\n" + server_->log());
  }

  std::vector<std::string> simulator_command() const {
    const auto address = [](std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); };
    return {DUALCAM_BINARY,
            "sim",
            "--server",
            address(cameras_),
            "--avl",
            address(avl_),
            "--cameras",
            std::to_string(plan_.trackers),
            "--imei-base",
            std::to_string(first_imei),
            "--seed",
            std::to_string(plan_.seed),
            "--photos",
            "0",
            "--videos",
            "0",
            "--media",
            "synthetic",
            "--video-seconds",
            "1",
            "--record-interval",
            "1",
            "--avl-refuse",
            "0.1",
            "--avl-silent",
            "0.1",
            "--avl-late",
            "0.1",
            "--avl-late-by",
            "5",
            "--avl-drop",
            "0.05",
            "--spread-sources",
            "--no-verify",
            "--json"};
  }

  // In the n-th of as many equal parts of the run as there are kills.
  void kill_at(unsigned n) {
    const std::chrono::milliseconds each = std::chrono::milliseconds(1'000 * plan_.seconds) / std::max(1U, plan_.kills);
    const std::chrono::milliseconds into(random_() % static_cast<std::uint64_t>(each.count()));
    std::this_thread::sleep_until(begin_ + links_come + n * each + into);
    ASSERT_TRUE(server_->running()) << server_->log();
    kills_.push_back(base::utc_now().time_since_epoch().count());
    server_->kill_hard();
    server_.reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(random_() % longest_downtime_ms));
    start();
  }

  json report() {
    simulator_->signal(SIGTERM);
    EXPECT_TRUE(simulator_->wait_exit(for_the_report)) << "the simulator does not end";
    std::ifstream file(folder_ / "sim.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t begin = text.find("\n{");  // behind its complaints about a server that is away
    return json::parse(text.substr(begin == std::string::npos ? 0 : begin), nullptr, false);
  }

  void look_at(const Wisher& wisher) {
    const Audit found = audit(http_);
    const json seen = report();
    ASSERT_TRUE(seen.is_object()) << "no report of the simulator";
    const Commands commands = look_at_commands(found.requests, seen.at("avl").at("devices"), kills_);
    print(wisher, found, commands);

    for (const auto* problems : {&wisher.problems(), &found.problems, &commands.problems})
      for (const std::string& problem : *problems) ADD_FAILURE() << problem;
    std::set<std::string> ids;
    for (const json& request : found.requests) ids.insert(request.at("id"));
    for (const std::string& id : wisher.promised()) EXPECT_TRUE(ids.contains(id)) << id << " is lost";
    EXPECT_GE(found.requests.size(), plan_.requests);
    EXPECT_LE(found.requests.size(), plan_.requests + wisher.unanswered());
    EXPECT_GT(found.states.contains("stored") ? found.states.at("stored") : 0, plan_.requests / 3)
        << "a run in which little comes through shows little";
    EXPECT_EQ(seen.at("avl").at("violations"), 0) << seen.at("avl").at("last_violation");
    EXPECT_EQ(server_->terminate(for_the_end), 0) << server_->log();
  }

  void print(const Wisher& wisher, const Audit& found, const Commands& commands) const {
    fmt::print("{} requests, {} parts:", found.requests.size(), found.parts);
    for (const auto& [state, count] : found.states) fmt::print(" {} {},", count, state);
    fmt::print(" {} were cancelled on the way\n", wisher.cancelled().size());
    fmt::print("{} files of requests; {} that were brought once more\n", found.files, found.unclaimed);
    fmt::print("{} commands, {} of them repeats:", commands.received, commands.repeats);
    for (const auto& [reason, count] : commands.reasons) fmt::print(" {} because {};", count, reason);
    fmt::print("\n{} kills, {} asks without an answer; asked in {:.1f} s, ended in {:.1f} s, looked at in {:.1f} s\n",
               kills_.size(), wisher.unanswered(), asked_, all_ended_, seconds());
  }
  double seconds() const { return std::chrono::duration<double>(base::steady_now() - begin_).count(); }

  const Plan plan_;
  const std::string catalog_;
  std::mt19937_64 random_;
  TempFolder folder_;
  const std::uint16_t cameras_ = lasting_port(plan_.seed);
  const std::uint16_t avl_ = lasting_port(plan_.seed);
  const std::uint16_t http_ = lasting_port(plan_.seed);
  const base::SteadyTime begin_ = base::steady_now();
  std::vector<std::int64_t> kills_;
  double asked_ = 0;
  double all_ended_ = 0;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<ChildProcess> simulator_;
};

void try_out(std::string catalog) {
  const Plan plan = Plan::from_environment();
  fmt::print("{}", plan.described());
  Trial(plan, std::move(catalog)).go();
}

TEST(Captures, ComeToATrueEndWhateverHappens) {
  try_out({});
}

TEST(CapturesOnPostgres, ComeToATrueEndWhateverHappens) {
  PostgresCluster& cluster = PostgresCluster::shared();
  try_out(cluster.fresh_schema());
  EXPECT_EQ(cluster.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}

}  // namespace
}  // namespace tests::captures
