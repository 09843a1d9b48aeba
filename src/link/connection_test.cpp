#include "link/connection.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/error.h"
#include "link/testing/linked.h"

namespace clipmill::link {
namespace {

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    test::Linked ends = test::linked();
    here_ = std::move(ends.main);
    there_ = std::move(ends.worker);
  }

  void send_raw(std::string_view bytes) {
    EXPECT_EQ(::write(here_->fd(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  std::unique_ptr<Connection> here_, there_;
};

TEST_F(ConnectionTest, CarriesMessagesInOrderBothWays) {
  const std::string binary("\0\n\xFF", 3);
  for (const std::string& text : {std::string("one"), std::string(), binary}) EXPECT_TRUE(here_->send(text));
  EXPECT_TRUE(there_->send("back"));
  EXPECT_EQ(there_->receive(), "one");
  EXPECT_EQ(there_->receive(), "");
  EXPECT_EQ(there_->receive(), binary);
  EXPECT_EQ(here_->receive(), "back");
}

TEST_F(ConnectionTest, CarriesWhatIsLongerThanTheSocketsBuffer) {
  const std::string text(5'000'000, 'x');
  std::thread sender([&] { EXPECT_TRUE(here_->send(text)); });
  EXPECT_EQ(there_->receive(), text);
  sender.join();
}

TEST_F(ConnectionTest, MessagesOfSeveralThreadsDoNotMix) {
  std::vector<std::thread> senders;
  for (char name = 'a'; name < 'e'; ++name) {
    senders.emplace_back([this, name] {
      for (std::size_t i = 1; i <= 200; ++i) here_->send(std::string(i * 10, name));
    });
  }
  std::multiset<std::pair<char, std::size_t>> received;
  for (int i = 0; i < 800; ++i) {
    const std::string text = there_->receive().value();
    EXPECT_EQ(text, std::string(text.size(), text[0]));
    received.emplace(text[0], text.size());
  }
  for (auto& sender : senders) sender.join();
  for (char name = 'a'; name < 'e'; ++name) {
    for (std::size_t i = 1; i <= 200; ++i) EXPECT_EQ(received.count({name, i * 10}), 1u);
  }
}

TEST_F(ConnectionTest, APeerThatIsGoneEndsBothDirections) {
  EXPECT_TRUE(there_->send("last words"));
  there_.reset();
  EXPECT_EQ(here_->receive(), "last words");
  EXPECT_EQ(here_->receive(), std::nullopt);
  EXPECT_FALSE(here_->send("anyone?"));
}

TEST_F(ConnectionTest, AMessageThatBreaksOffIsNoMessage) {
  send_raw(std::string("\x05\0\0\0abc", 7));
  here_.reset();
  EXPECT_EQ(there_->receive(), std::nullopt);
}

TEST_F(ConnectionTest, AnAbsurdLengthIsABrokenProtocol) {
  send_raw("\xFF\xFF\xFF\xFF");
  try {
    there_->receive();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kWorker);
  }
}

}  // namespace
}  // namespace clipmill::link
