#include "server/relay/hub/template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hub {
namespace {

const Fields fields{{"name", "pitch_{kind}_&T"}, {"empty", ""}, {"take", "hidden"}};
const TemplateContext context{fields, "field", "trigger", "pitch",
                              "west", "dance", 27,        base::parse_iso8601("2026-11-21T10:15:00.123Z").value()};

std::string expand(std::string_view text) {
  const auto made = Template::parse(text);
  return made ? made->expand(context) : "! " + made.error().message;
}

TEST(Template, FillsInFieldsAndTheHubsOwnWords) {
  EXPECT_EQ(expand("{source}/{kind}/{rule}/{target}/{take}/{take.number}"), "field/trigger/pitch/west/dance/27");
  EXPECT_EQ(expand("{at} {at.unix} {at.date} {at.time}"), "2026-11-21T10:15:00.123Z 1795256100 2026-11-21 10:15:00");
  EXPECT_EQ(expand("a{missing}b{empty}c"), "abc");
  EXPECT_EQ(expand(""), "");
}

TEST(Template, IsNeverExpandedTwiceAndLeavesParametersOfCamerasAlone) {
  EXPECT_EQ(expand("{name}_&b_%c"), "pitch_{kind}_&T_&b_%c");
}

TEST(Template, BracesAreDoubled) {
  EXPECT_EQ(expand("{{{kind}}} {{name}} }}{{"), "{trigger} {name} }{");
}

TEST(Template, RefusesWhatIsNoPlace) {
  for (const char* text : {"{", "}", "{name", "name}", "{}", "{a b}", "{Name}", "{take.name}", "{at.year}", "{{}"})
    EXPECT_FALSE(Template::parse(text)) << text;
  EXPECT_THAT(expand("{at.year}"), testing::HasSubstr("at.unix"));
  EXPECT_FALSE(Template::parse(std::string(longest_value + 1, 'x')));
}

TEST(Template, ResultIsBoundedBehindAWholeCharacter) {
  const Fields long_fields{{"name", "x" + std::string(500, 'a')}, {"notes", [] {
                                                                     std::string text;
                                                                     while (text.size() < 5000) text += "é";
                                                                     return text;
                                                                   }()}};
  TemplateContext other{long_fields, {}, {}, {}, {}, {}, 0, {}};
  const std::string text = Template::parse("{notes}")->expand(other);
  EXPECT_EQ(text.size(), longest_value);
  const std::string odd = Template::parse("x{notes}")->expand(other);
  EXPECT_EQ(odd.size(), longest_value - 1);
  EXPECT_EQ(odd.substr(odd.size() - 2), "é");
}

TEST(Template, NamesItsFields) {
  const auto made = Template::parse("{name}{kind}{x.y}{take.number}");
  EXPECT_THAT(made->fields(), testing::ElementsAre("name", "x.y"));
  EXPECT_FALSE(made->is_literal());
  EXPECT_TRUE(Template::parse("a{{b}}")->is_literal());
}

}  // namespace
}  // namespace hub
