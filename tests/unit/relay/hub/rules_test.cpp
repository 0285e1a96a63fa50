#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view full = R"({"rule":[{
  "name":"pitch","note":"the mound","armed":false,
  "when":{"source":["field","st*"],"protocol":"edgertronic","kind":"trigger","name":"pitch_*","speed":">=90"},
  "do":[{"target":"west","verb":"trigger","name":"{name}_west","delay":"5ms","latency":"20ms"},
        [{"target":"gate","verb":"goto","preset":3},{"wait":"800ms"},
         {"target":"east","verb":"trigger","patience":"2m"},{"target":"gate","verb":"return"}]],
  "debounce":"500ms","min_interval":"2s","burst":"10/1m","delay":"1500ms","compensate":false,"expiry":"1m",
  "on_failure":"go_on","max_hops":3}]})";

std::string fault_in(std::string_view json) {
  const auto rules = parse_rules(json, RuleOrigin::file);
  return rules ? "" : rules.error().message;
}

std::string fault_of(std::string_view json, std::vector<EndpointInfo> endpoints = test_endpoints()) {
  const auto result = check_rules(rules_of(json), endpoints, test_vocabulary());
  return result ? "" : result.error().message;
}

std::string rule(std::string_view name, std::string_view when, std::string_view todo) {
  return "[" + std::string(R"({"name":")") + std::string(name) + R"(","when":)" + std::string(when) + R"(,"do":)" +
         std::string(todo) + "}]";
}

TEST(Rules, AreReadWhole) {
  const auto rules = parse_rules(full, RuleOrigin::file);
  ASSERT_TRUE(rules) << rules.error().message;
  const Rule& pitch = rules->front();
  EXPECT_EQ(pitch.name, "pitch");
  EXPECT_EQ(pitch.origin, RuleOrigin::file);
  EXPECT_FALSE(pitch.armed);
  EXPECT_THAT(pitch.match.sources, testing::ElementsAre("field", "st*"));
  EXPECT_EQ(pitch.match.protocol, Protocol::edgertronic);
  EXPECT_THAT(pitch.match.conditions, testing::ElementsAre(Condition{"name", "pitch_*"}, Condition{"speed", ">=90"}));
  ASSERT_EQ(pitch.actions.size(), 2U);
  ASSERT_EQ(pitch.actions[1].steps.size(), 4U);
  EXPECT_EQ(pitch.actions[0].steps[0].latency, milliseconds{20});
  EXPECT_EQ(pitch.actions[0].steps[0].delay, milliseconds{5});
  EXPECT_THAT(pitch.actions[1].steps[0].parameters, testing::ElementsAre(Field{"preset", "3"}));
  EXPECT_EQ(pitch.actions[1].steps[1].wait, milliseconds{800});
  EXPECT_EQ(pitch.actions[1].steps[2].patience, milliseconds{120'000});
  EXPECT_EQ(pitch.debounce, milliseconds{500});
  EXPECT_EQ(pitch.burst, (Burst{10, seconds{60}}));
  EXPECT_EQ(pitch.delay, milliseconds{1500});
  EXPECT_FALSE(pitch.compensate);
  EXPECT_EQ(pitch.expiry, seconds{60});
  EXPECT_EQ(pitch.on_failure, OnFailure::go_on);
  EXPECT_EQ(pitch.max_hops, 3U);
}

TEST(Rules, AreWrittenAsTheyAreRead) {
  const auto rules = rules_of(full);
  EXPECT_EQ(rules_of(to_json(rules)), rules);
  const auto plain = rules_of(rule("a \\\"b\\\"", "{}", R"({"target":"west","verb":"trigger"})"));
  EXPECT_EQ(rules_of(to_json(plain)), plain);
  EXPECT_EQ(to_json(std::span<const Rule>()), "[]");
}

TEST(Rules, EveryFaultInOneMessage) {
  const std::string fault = fault_in(R"([
    {"when":{},"do":[]},
    {"name":"a","when":{"protocol":"smoke"},"do":[{"target":"west"}],"debounce":500,"burst":"x","on_failure":"hope"},
    {"name":"a","when":{"x":[1]},"do":[{"target":"t","verb":"v","name":"{at.year}"},[{"wait":"1s"}],[]],"colour":1}])");
  EXPECT_THAT(fault,
              AllOf(HasSubstr("rule 1: it needs a name"), HasSubstr("rule 1: it needs do"),
                    HasSubstr("\"smoke\" is no protocol"), HasSubstr("do[0]: a step needs a target and a verb"),
                    HasSubstr("debounce has to be a time"), HasSubstr("burst has to be"), HasSubstr("on_failure")));
  EXPECT_THAT(fault, AllOf(HasSubstr("rule 3: \"a\" is the name of another rule"), HasSubstr("no place of a template"),
                           HasSubstr("pause at the end"), HasSubstr("do[2] is empty"), HasSubstr("\"colour\""),
                           HasSubstr("\"x\" has to be a text")));
}

TEST(Rules, AreBounded) {
  EXPECT_THAT(fault_in(std::string(100, '[') + std::string(100, ']')), HasSubstr("nested"));
  EXPECT_THAT(fault_in("\"" + std::string(2'000'000, 'x') + "\""), HasSubstr("longer"));
  EXPECT_THAT(fault_in(R"([{"name":"a","name":"b"}])"), HasSubstr("twice"));
  EXPECT_THAT(fault_in("[{"), HasSubstr("no JSON"));
  EXPECT_THAT(fault_in("7"), HasSubstr("array"));
  std::string many = "[";
  for (std::size_t n = 0; n <= most_rules; ++n) many += n == 0 ? "{}" : ",{}";
  EXPECT_THAT(fault_in(many + "]"), HasSubstr("500 is the most"));
  std::string steps;
  for (std::size_t n = 0; n <= most_steps_of_a_rule; ++n)
    steps += std::string(n == 0 ? "" : ",") + R"({"target":"w","verb":"v"})";
  EXPECT_THAT(fault_in(rule("a", "{}", "[" + steps + "]")), HasSubstr("more than 64 steps"));
  std::string faults = "[";
  for (int n = 0; n < 100; ++n) faults += n == 0 ? "1" : ",1";
  EXPECT_THAT(fault_in(faults + "]"), HasSubstr("and 50 more"));
}

TEST(CheckRules, AreHeldAgainstEndpointsAndVocabulary) {
  const std::string west = R"({"target":"west","verb":"trigger"})";
  EXPECT_EQ(fault_of(rule("a", R"({"source":"field"})", west)), "");
  EXPECT_THAT(fault_of(rule("a", R"({"source":"west"})", west)), HasSubstr("there are: field, field2, stage, hook"));
  EXPECT_THAT(fault_of(rule("a", R"({"source":"field","kind":"start"})", west)), HasSubstr("there are: trigger"));
  EXPECT_THAT(fault_of(rule("a", R"({"source":"field","protocol":"shogun"})", west)),
              HasSubstr("nothing that it could"));
  EXPECT_THAT(fault_of(rule("a", R"({"source":"field","speed":"1"})", west)), HasSubstr("field \"speed\""));
  EXPECT_EQ(fault_of(rule("a", R"({"source":"hook","speed":"1"})", west)), "") << "it has any field";
  EXPECT_THAT(fault_of(rule("a", "{}", R"({"target":"hook","verb":"x"})")),
              HasSubstr("no endpoint that does anything"));
  EXPECT_THAT(fault_of(rule("a", "{}", R"({"target":"gate","verb":"fly"})")), HasSubstr("goto, record, light, return"));
  EXPECT_THAT(fault_of(rule("a", "{}", R"({"target":"gate","verb":"goto"})")), HasSubstr("needs preset"));
  EXPECT_THAT(fault_of(rule("a", "{}", R"({"target":"gate","verb":"goto","preset":25})")), HasSubstr("from 0 to 24"));
  EXPECT_THAT(fault_of(rule("a", "{}", R"({"target":"gate","verb":"goto","preset":1,"speed":9})")),
              HasSubstr("no parameter \"speed\"; it has: preset"));
}

TEST(CheckRules, TemplatesNameFieldsThatThereCanBe) {
  const std::string speed = R"({"target":"west","verb":"trigger","name":"{packet_id}"})";
  EXPECT_THAT(fault_of(rule("a", R"({"source":"field"})", speed)), HasSubstr("field \"packet_id\" is in no event"));
  EXPECT_EQ(fault_of(rule("a", R"({"source":"stage"})", speed)), "");
  EXPECT_THAT(fault_of(rule("a", R"({"kind":"stop"})", speed)), HasSubstr("there are: name, result"));
}

TEST(CheckRules, NameTheCircle) {
  const std::string a = R"({"name":"a","when":{"source":"field"},"do":{"target":"stage","verb":"start","name":"x"}})";
  const std::string b = R"({"name":"b","when":{"kind":"start"},"do":{"target":"field2","verb":"trigger"}})";
  EXPECT_THAT(fault_of("[" + a + "," + b + "]"), HasSubstr("for ever: rule a: field → stage; rule b: stage → field2"));
  EXPECT_EQ(fault_of("[" + a + "]"), "");
  EXPECT_EQ(fault_of("[" + b + "]"), "");
}

TEST(CheckRules, ARuleOnItsOwnMedium) {
  EXPECT_THAT(fault_of(rule("a", R"({"source":"field"})", R"({"target":"field2","verb":"trigger"})")),
              HasSubstr("rule a: field → field2"));
  EXPECT_EQ(fault_of(rule("a", R"({"source":"field"})", R"({"target":"west","verb":"trigger"})")), "")
      << "another group";
}

TEST(CheckRules, OnlyWhatIsHeardMakesACircle) {
  const auto stage = [](std::string_view when, std::string_view todo) { return fault_of(rule("a", when, todo)); };
  EXPECT_NE(stage(R"({"source":"stage"})", R"({"target":"stage","verb":"stop","name":"x"})"), "");
  EXPECT_EQ(stage(R"({"source":"stage","kind":"start"})", R"({"target":"stage","verb":"stop","name":"x"})"), "");
  EXPECT_EQ(stage(R"({"source":"stage","name":"a*"})", R"({"target":"stage","verb":"stop","name":"x"})"), "")
      << "a fixed text that does not meet the condition";
  EXPECT_NE(stage(R"({"source":"stage","name":"a*"})", R"({"target":"stage","verb":"stop","name":"{name}"})"), "");
}

TEST(CheckRules, ALongCircleWithoutWhatOnlyLeadsToIt) {
  std::vector<EndpointInfo> endpoints;
  std::string rules;
  for (int n = 0; n < 6; ++n) {
    const auto medium = "group " + std::to_string(n);
    endpoints.push_back({"e" + std::to_string(n), Protocol::edgertronic, true, true, medium});
    const int next = n == 5 ? 2 : n + 1;
    rules += std::string(n == 0 ? "" : ",") + R"({"name":"r)" + std::to_string(n) + R"(","when":{"source":"e)" +
             std::to_string(n) + R"("},"do":{"target":"e)" + std::to_string(next) + R"(","verb":"trigger"}})";
  }
  EXPECT_THAT(fault_of("[" + rules + "]", endpoints),
              AllOf(HasSubstr("rule r2: e2 → e3; rule r3: e3 → e4; rule r4: e4 → e5; rule r5: e5 → e2"),
                    Not(HasSubstr("r0")), Not(HasSubstr("r1:"))));
}

}  // namespace
}  // namespace hub
