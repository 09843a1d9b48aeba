#include "vram/call_stack.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

[[gnu::noinline]] CallStack stack_of_a_test_function() {
  CallStack stack = current_call_stack();
  return stack;
}

TEST(CallStack, NamesFunctionsInnermostFirst) {
  const std::vector<StackFrame> frames = symbolize(stack_of_a_test_function());
  ASSERT_GE(frames.size(), 3u);
  EXPECT_THAT(frames[0].function, testing::HasSubstr("clipmill::current_call_stack"));
  EXPECT_THAT(frames[1].function, testing::HasSubstr("stack_of_a_test_function"));
  EXPECT_THAT(frames[2].function, testing::HasSubstr("NamesFunctionsInnermostFirst"));
}

TEST(CallStack, AnAddressOutsideOfAnyFunctionIsGivenAsItIs) {
  const std::vector<StackFrame> frames = symbolize({reinterpret_cast<void*>(0x11)});
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0], (StackFrame{"0x10", ""}));
}

TEST(CallStack, IsBounded) {
  const std::function<std::size_t(int)> deep = [&](int calls) {
    return calls == 0 ? current_call_stack().size() : deep(calls - 1);
  };
  EXPECT_EQ(deep(100), 24u);
}

}  // namespace
}  // namespace clipmill
