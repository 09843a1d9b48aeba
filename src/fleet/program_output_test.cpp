#include "fleet/program_output.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(ProgramOutput, KeepsOutputErrorsAndStatus) {
  const ProgramOutput ran =
      run_program("/bin/sh", {"-c", "echo \"$1\"; echo bad >&2; exit 3", "sh", "a 'b'"});
  EXPECT_EQ(ran.output, "a 'b'\n");
  EXPECT_EQ(ran.errors, "bad\n");
  EXPECT_EQ(WEXITSTATUS(ran.status), 3);
}

TEST(ProgramOutput, TakesMoreThanAPipeHolds) {
  EXPECT_EQ(run_program("/bin/sh", {"-c", "head -c 300000 /dev/zero"}).output.size(), 300'000u);
}

TEST(ProgramOutput, NamesAProgramThatCannotRun) {
  try {
    run_program("/nowhere/program", {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot run /nowhere/program: No such file or directory");
  }
}

}  // namespace
}  // namespace clipmill
