// Ends the log before the statics it uses go.
#include <gtest/gtest.h>

#include "server/base/log.hpp"

namespace {

class LogEnds final : public ::testing::Environment {
 public:
  void TearDown() override { base::log::shutdown(); }
};

[[maybe_unused]] const auto* const registered = ::testing::AddGlobalTestEnvironment(new LogEnds);

}  // namespace
