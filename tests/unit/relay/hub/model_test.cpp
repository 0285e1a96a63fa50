// Thousands of scripts nobody has thought of, held against what must be true of any.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

constexpr std::string_view rules = R"([
  {"name":"now","when":{"source":"field"},"do":[{"target":"west","verb":"trigger"},{"target":"east","verb":"trigger"}],
   "burst":"4/1s"},
  {"name":"later","when":{"source":"field*","name":"p*"},"do":{"target":"west","verb":"trigger","delay":"300ms"},
   "expiry":"500ms","debounce":"50ms"},
  {"name":"tour","when":{"kind":"start"},"on_failure":"stop","expiry":"1s",
   "do":[[{"target":"gate","verb":"goto","preset":"{packet_id}"},{"wait":"100ms"},{"target":"east","verb":"trigger"},
          {"target":"gate","verb":"return"}]]},
  {"name":"long","when":{"kind":"stop"},"on_failure":"go_on","delay":"200ms",
   "do":[[{"target":"yard","verb":"goto","preset":1},{"target":"gate","verb":"goto","preset":2},
          {"target":"yard","verb":"return"},{"target":"west","verb":"trigger","delay":"50ms"},
          {"target":"gate","verb":"return"}]],"min_interval":"100ms"}])";
constexpr std::string_view fewer_rules =
    R"([{"name":"now","when":{"source":"field"},"do":{"target":"west","verb":"trigger"}}])";

class Script {
 public:
  explicit Script(unsigned seed)
      : random_(seed), world_(rules, {.patience = seconds{2}, .most_pending = 60, .take_expiry = seconds{5}}) {}

  void play() {
    for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) {
      one_step();
      check();
    }
    for (const ArmState& state : world_.hub().arms(world_.now())) world_.arm(state.scope, state.name, true);
    world_.run(seconds{60});  // the patience with whatever has no outcome
    check();
    EXPECT_TRUE(world_.kept().empty());
    EXPECT_EQ(world_.hub().figures().pending, 0U);
    EXPECT_FALSE(world_.hub().next_due());
    for (const base::Uuid& id : pending_) EXPECT_TRUE(ended_.contains(id) || lost_.contains(id)) << id.str();
    for (const base::Uuid& id : fired_) EXPECT_TRUE(ended_.contains(id) || lost_.contains(id)) << id.str();
  }

 private:
  unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

  void one_step() {
    switch (roll(10)) {
      case 0:
      case 1:
      case 2:
      case 3: return hear();
      case 4:
      case 5: return finish();
      case 6:
      case 7: return world_.run(milliseconds{roll(400)});
      case 8: return flip();
      default: break;
    }
    if (roll(3) != 0) return world_.pass(milliseconds{roll(400)});  // a hub that is called late
    if (roll(2) == 0) return world_.set(roll(4) == 0 ? fewer_rules : rules);
    // What was handed to a driver and is not kept has no outcome any more.
    for (const base::Uuid& id : in_flight_)
      if (!world_.kept().contains(id)) lost_.insert(id);
    in_flight_.clear();
    world_.restart(rules);
  }

  void hear() {
    static const std::vector<std::pair<std::string, std::string>> what{{"field", "trigger"},
                                                                       {"field2", "trigger"},
                                                                       {"stage", "start"},
                                                                       {"stage", "stop"},
                                                                       {"stage", "timecode_start"}};
    const auto& [source, kind] = what[roll(5)];
    Event event = world_.event(source, kind,
                               {{"name", roll(2) == 0 ? "pitch" : "ball"}, {"packet_id", std::to_string(roll(30))}});
    event.key = std::to_string(roll(50));
    event.copy_window = milliseconds{200};
    event.lead = milliseconds{roll(3) * 100};
    event.hops = roll(8) == 0 ? 2 : 0;
    if (source == "stage")
      event.take = TakeMark{kind == "stop" ? TakeMark::Phase::ends : TakeMark::Phase::begins, std::to_string(roll(3)),
                            "dance", "", ""};
    events_.insert(event.id);
    world_.take(std::move(event));
  }

  void finish() {
    if (in_flight_.empty()) return;
    static constexpr std::array outcomes{Outcome::sent, Outcome::confirmed, Outcome::unconfirmed, Outcome::failed,
                                         Outcome::ignored};
    const auto one = std::next(in_flight_.begin(), roll(static_cast<unsigned>(in_flight_.size())));
    Command command;
    command.id = *one;
    world_.finish(command, outcomes[roll(outcomes.size())]);
    if (roll(10) == 0) {
      world_.finish(command, Outcome::failed);
      EXPECT_TRUE(world_.out.notes.empty()) << "told a second time";
    }
  }

  void flip() {
    const auto states = world_.hub().arms(world_.now());
    const ArmState& state = states[roll(static_cast<unsigned>(states.size()))];
    world_.arm(state.scope, state.name, roll(3) != 0,
               roll(2) == 0 ? std::optional(world_.now().utc + milliseconds{roll(500)}) : std::nullopt);
    EXPECT_FALSE(HasFailure());
  }
  static bool HasFailure() { return testing::Test::HasFailure(); }

  // Reads what the hub has said since the last time.
  void check() {
    for (; read_ < world_.log.size(); ++read_) note(world_.log[read_]);
    for (std::size_t line; (line = world_.transcript.find("fire ", fires_read_)) != std::string::npos;) {
      fires_read_ = line + 5;
      if (line != 0 && world_.transcript[line - 1] != '\n') continue;
      const base::Uuid id = base::Uuid::parse(world_.transcript.substr(fires_read_, 36)).value();
      EXPECT_TRUE(fired_.insert(id).second) << "fired twice: " << id.str();
      EXPECT_TRUE(pending_.contains(id));
      if (!ended_.contains(id)) in_flight_.insert(id);
    }
    const Figures figures = world_.hub().figures();
    EXPECT_LE(figures.pending, 60U + 20U) << "and the steps of sequences that were let in";
    EXPECT_LE(world_.kept().size(), figures.pending);
    for (const auto& [id, command] : world_.kept()) EXPECT_FALSE(ended_.contains(id)) << "kept, but over";
    EXPECT_EQ(in_flight_.size() + waiting(), figures.pending);
  }

  std::size_t waiting() const {
    std::size_t count = 0;
    for (const auto& [id, command] : world_kept()) count += command.fired ? 0U : 1U;
    return count;
  }
  const std::map<base::Uuid, Command>& world_kept() const { return const_cast<World&>(world_).kept(); }

  void note(const Note& note) {
    if (note.cause) {
      EXPECT_TRUE(events_.contains(*note.cause));
    }
    EXPECT_FALSE(note.id.is_nil());
    if (note.incoming) return;
    EXPECT_TRUE(note.cause) << "every command here is some event's";
    EXPECT_TRUE(note.take);
    if (note.outcome == Outcome::pending) {
      EXPECT_TRUE(pending_.insert(note.id).second);
      EXPECT_FALSE(ended_.contains(note.id));
      return;
    }
    EXPECT_TRUE(ended_.insert(note.id).second) << "ended twice: " << note.id.str();
    EXPECT_FALSE(lost_.contains(note.id));
    if (note.outcome != Outcome::sent && note.outcome != Outcome::confirmed && !fired_.contains(note.id)) {
      // Ended without being fired, or fired since the last check: then the transcript has it.
      EXPECT_TRUE(!note.reason.empty() || pending_.contains(note.id));
    }
    in_flight_.erase(note.id);
  }

  std::mt19937 random_;
  World world_;
  std::size_t read_ = 0;
  std::size_t fires_read_ = 0;
  std::set<base::Uuid> events_;
  std::set<base::Uuid> pending_;
  std::set<base::Uuid> fired_;
  std::set<base::Uuid> ended_;
  std::set<base::Uuid> in_flight_;
  std::set<base::Uuid> lost_;
};

TEST(Model, HoldsForAnyScript) {
  for (unsigned seed = 1; seed <= 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Script(seed).play();
  }
}

}  // namespace
}  // namespace hub
