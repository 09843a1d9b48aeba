#include "checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace clipmill {
namespace {

std::uint64_t size_now(int fd, const std::filesystem::path& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw io_error(fmt::format("cannot read {}", path.string()), errno);
  if (!S_ISREG(status.st_mode)) throw input_error("{} is not a file", path.string());
  return static_cast<std::uint64_t>(status.st_size);
}

int open_for_reading(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not block
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) throw input_error("{} does not exist", path.string());
  if (fd < 0) throw io_error(fmt::format("cannot read {}", path.string()), errno);
  return fd;
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)), fd_(open_for_reading(path_)) {
  try {
    size_ = size_now(fd_, path_);
    if (size_ == 0) return;
    void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd_, 0);
    if (mapped == MAP_FAILED) throw io_error(fmt::format("cannot map {}", path_.string()), errno);
    data_ = mapped;
    ::madvise(data_, size_, MADV_SEQUENTIAL);  // weights are read once, tensor by tensor
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_(std::exchange(other.size_, 0)),
      data_(std::exchange(other.data_, nullptr)) {}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
  if (fd_ >= 0) ::close(fd_);
}

std::span<const std::byte> MappedFile::bytes(std::uint64_t begin, std::uint64_t end) const {
  if (size_now(fd_, path_) != size_) {
    throw Error(ErrorKind::kInput, fmt::format("{} changed its size while it was in use", path_.string()),
                "do not write to a model's folder while clipmill uses it");
  }
  return std::span(static_cast<const std::byte*>(data_), size_).subspan(begin, end - begin);
}

void MappedFile::forget(std::uint64_t begin, std::uint64_t end) const noexcept {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t first = (begin + page - 1) / page * page, last = end / page * page;
  if (first < last) ::madvise(static_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED);
}

void MappedFile::read(std::span<std::byte> target) const {
  std::size_t done = 0;
  while (done < target.size()) {
    const ssize_t count = ::pread(fd_, target.data() + done, target.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw io_error(fmt::format("cannot read {}", path_.string()), count < 0 ? errno : EIO);
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace clipmill
