// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/codec/site.h"

namespace picket {

/// Limits on a file that is read into memory as a whole, and on one line of a long one.
inline constexpr std::size_t kMaxTextFileBytes = 64U << 20U;
inline constexpr std::size_t kMaxLineBytes = 8U << 20U;

/// One line of a text file, without its end ("\n" or "\r\n").
struct Line {
  std::string_view text;    ///< valid until the next call; empty if the line is too long
  std::int64_t number = 0;  ///< from 1
  std::int64_t byte = 0;    ///< offset of its first byte in the file
  std::int64_t length = 0;  ///< bytes, also where the line is too long
  bool too_long = false;    ///< over the limit: passed over, the next line can be read
};

/// A file or standard input ("-"), read once from front to back in bounded memory. Reads what is
/// there: a line on a pipe is given out as soon as it is complete.
class InputFile {
 public:
  [[nodiscard]] static Result<InputFile> Open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  /// The path as given, or "standard input".
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The next bytes without passing over them: `count` of them unless the file ends before. Valid
  /// until the next call. Requires count <= 1 MiB.
  [[nodiscard]] Result<std::string_view> Peek(std::size_t count);
  /// The next bytes, as many as are at hand (up to 1 MiB); empty at the end. Valid until the next
  /// call.
  [[nodiscard]] Result<std::string_view> Read();
  /// The next line, nothing at the end. A byte order mark at the front of the file is left out, a
  /// last line need not be ended.
  [[nodiscard]] Result<std::optional<Line>> NextLine(std::size_t max_bytes = kMaxLineBytes);
  /// Offset of the next byte to be given out.
  [[nodiscard]] std::int64_t offset() const { return offset_; }
  /// Bytes of a regular file when it was opened; 0: not known.
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  InputFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  /// Reads once more behind what is buffered; false at the end of the file.
  [[nodiscard]] Result<bool> Fill();
  [[nodiscard]] std::string_view Buffered() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  void Drop(std::size_t bytes);

  int fd_ = -1;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t offset_ = 0;
  std::int64_t size_ = 0;
  std::int64_t line_ = 0;
};

/// All that is left of an input that cannot be read from its front alone, at most 1 GiB.
[[nodiscard]] Result<std::string> ReadRest(InputFile& file);

/// A file being written, or standard output ("-"). A regular file gets its name when Close has put
/// it on disk, so readers see the old or the whole new one; without Close nothing is left behind.
class OutputFile {
 public:
  [[nodiscard]] static Result<OutputFile> Create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  [[nodiscard]] tl::expected<void, Error> Write(std::string_view bytes);
  /// Hands what is buffered to the system: for readers of a pipe.
  [[nodiscard]] tl::expected<void, Error> Flush();
  /// Must be called once, at the end.
  [[nodiscard]] tl::expected<void, Error> Close();

 private:
  OutputFile(int fd, std::string path, std::string temporary)
      : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)) {}
  void Abandon();

  int fd_ = -1;
  std::string path_;
  std::string temporary_;  ///< empty: written in place (a pipe, a device, standard output)
  std::string buffer_;
};

/// Reads a whole file ("-": standard input). Over `max_bytes` it is an error.
[[nodiscard]] Result<std::string> ReadFile(const std::string& path,
                                           std::size_t max_bytes = kMaxTextFileBytes);

/// Writes a whole file so that it is there completely or not at all.
[[nodiscard]] tl::expected<void, Error> WriteFile(const std::string& path, std::string_view bytes);

/// `name` as it stands in the file `referrer`: relative names count from that file's folder (from
/// the working folder if the referrer is standard input).
[[nodiscard]] std::string ResolveBeside(const std::string& referrer, const std::string& name);

/// Reads the files that a site file names, relative to its folder.
[[nodiscard]] FileReader FilesBeside(const std::string& site_path);

}  // namespace picket
