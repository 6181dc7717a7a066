// SPDX-License-Identifier: Apache-2.0
#include "picket/io/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

namespace picket {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "picket-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] std::string Make(const std::string& content) const {
    EXPECT_TRUE(WriteFile(Path("f"), content));
    return Path("f");
  }
  std::string folder_;
};

struct Seen {
  std::string text;
  std::int64_t number, byte, length;
  bool too_long;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> AllLines(const std::string& path, std::size_t max_bytes) {
  auto file = InputFile::Open(path);
  EXPECT_TRUE(file);
  std::vector<Seen> all;
  while (true) {
    const auto line = file->NextLine(max_bytes);
    EXPECT_TRUE(line);
    if (!*line) return all;
    const Line& l = **line;
    all.push_back({std::string(l.text), l.number, l.byte, l.length, l.too_long});
  }
}

TEST_F(FileTest, LinesComeWithNumberAndOffset) {
  const std::vector<Seen> want = {{"one", 1, 3, 3, false},
                                  {"", 2, 7, 0, false},
                                  {"three", 3, 8, 5, false},
                                  {"x", 4, 15, 1, false}};
  EXPECT_EQ(AllLines(Make("\xEF\xBB\xBFone\n\nthree\r\nx"), 100), want);
  EXPECT_TRUE(AllLines(Make(""), 100).empty());
  EXPECT_EQ(AllLines(Make("\n"), 100).size(), 1U);
}

TEST_F(FileTest, KnowsItsSizeWhereItHasOne) {
  auto file = InputFile::Open(Make("one\ntwo\n"));
  ASSERT_TRUE(file);
  const InputFile moved = std::move(*file);
  EXPECT_EQ(moved.size(), 8);
  EXPECT_EQ(InputFile::Open("/dev/null")->size(), 0);
}

TEST_F(FileTest, OverlongLineIsPassedOverAndToldOf) {
  const std::string huge(3'000'000, 'a');
  const auto lines = AllLines(Make("ok\n" + huge + "\nalso\n" + huge), 1000);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1], (Seen{"", 2, 3, 3'000'000, true}));
  EXPECT_EQ(lines[2], (Seen{"also", 3, 3'000'004, 4, false}));
  EXPECT_EQ(lines[3], (Seen{"", 4, 3'000'009, 3'000'000, true}));
}

TEST_F(FileTest, LineAtTheLimitIsTakenOneMoreIsNot) {
  const auto lines = AllLines(Make("12345\n123456\n12345\r\n"), 5);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_FALSE(lines[0].too_long);
  EXPECT_TRUE(lines[1].too_long);
  EXPECT_FALSE(lines[2].too_long);
}

TEST_F(FileTest, LinesLongerThanAChunkAreWhole) {
  std::string content;
  for (int i = 0; i < 5; ++i)
    content += std::string(1'500'000 + i, static_cast<char>('a' + i)) + "\n";
  const auto lines = AllLines(Make(content), kMaxLineBytes);
  ASSERT_EQ(lines.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(lines[i].text, std::string(1'500'000 + i, static_cast<char>('a' + i)));
  }
}

TEST_F(FileTest, PeekDoesNotPassOver) {
  auto file = InputFile::Open(Make("hello\nworld"));
  ASSERT_TRUE(file);
  EXPECT_EQ(*file->Peek(3), "hel");
  EXPECT_EQ(*file->Peek(100), "hello\nworld");
  EXPECT_EQ((*file->NextLine())->text, "hello");
  EXPECT_EQ(*file->Read(), "world");
  EXPECT_EQ(file->offset(), 11);
  EXPECT_EQ(*file->Read(), "");
}

TEST_F(FileTest, ReadFileIsBounded) {
  const std::string path = Make("12345");
  EXPECT_EQ(*ReadFile(path, 5), "12345");
  const auto refused = ReadFile(path, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().Text(),
            path + ": is longer than the 4 bytes that are read of such a file");
}

TEST_F(FileTest, WhatCannotBeReadSaysWhy) {
  EXPECT_EQ(ReadFile(Path("none")).error().Text(),
            Path("none") + ": cannot be opened: No such file or directory");
  EXPECT_EQ(ReadFile(folder_).error().Text(), folder_ + ": cannot be read: Is a directory");
}

TEST_F(FileTest, FileAppearsWholeOrNotAtAll) {
  ASSERT_TRUE(WriteFile(Path("f"), "old"));
  {
    auto file = OutputFile::Create(Path("f"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->Write("half of the new one"));
    ASSERT_TRUE(file->Flush());
    EXPECT_EQ(*ReadFile(Path("f")), "old");
  }
  EXPECT_EQ(*ReadFile(Path("f")), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  auto file = OutputFile::Create(Path("f"));
  ASSERT_TRUE(file && file->Write("new") && file->Close());
  EXPECT_EQ(*ReadFile(Path("f")), "new");
}

TEST_F(FileTest, WritesToWhatIsNoRegularFile) {
  EXPECT_TRUE(WriteFile("/dev/null", "gone"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const auto full = WriteFile("/dev/full", "no");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().Text(), "/dev/full: cannot be written: No space left on device");
  EXPECT_FALSE(WriteFile(Path("no/such/folder"), "x"));
}

TEST(ResolveBeside, CountsFromTheFolderOfTheReferrer) {
  EXPECT_EQ(ResolveBeside("a/b/site.toml", "x.geojson"), "a/b/x.geojson");
  EXPECT_EQ(ResolveBeside("site.toml", "x.geojson"), "x.geojson");
  EXPECT_EQ(ResolveBeside("a/site.toml", "/x.geojson"), "/x.geojson");
  EXPECT_EQ(ResolveBeside("-", "x.geojson"), "x.geojson");
}

}  // namespace
}  // namespace picket
