// SPDX-License-Identifier: MIT
// The same with Boost.Asio: see libevent.c.
#include <boost/asio.hpp>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int connections = 50, rounds = 20;
constexpr std::size_t size = 5000;
int bad;

struct echo : std::enable_shared_from_this<echo> {
	tcp::socket socket;
	std::array<char, 8192> text;

	explicit echo(tcp::socket s) : socket(std::move(s)) {}

	void read()
	{
		auto self = shared_from_this();

		socket.async_read_some(
			boost::asio::buffer(text),
			[this, self](error_code error, std::size_t n) {
				if (!error)
					write(n);
			});
	}

	void write(std::size_t n)
	{
		auto self = shared_from_this();

		boost::asio::async_write(
			socket, boost::asio::buffer(text, n),
			[this, self](error_code error, std::size_t) {
				if (!error)
					read();
			});
	}
};

void accept_next(tcp::acceptor &acceptor)
{
	acceptor.async_accept([&](error_code error, tcp::socket socket) {
		if (!error) {
			socket.set_option(tcp::no_delay(true));
			std::make_shared<echo>(std::move(socket))->read();
		}
		accept_next(acceptor);
	});
}

struct client : std::enable_shared_from_this<client> {
	tcp::socket socket;
	std::array<char, size> text, back;
	int round = 0;

	client(boost::asio::io_context &context, int number) : socket(context)
	{
		for (std::size_t i = 0; i < size; i++)
			text[i] = static_cast<char>(number * 7 + i);
	}

	void connect(const tcp::resolver::results_type &to)
	{
		auto self = shared_from_this();

		boost::asio::async_connect(
			socket, to,
			[this, self](error_code error, const tcp::endpoint &) {
				if (error)
					fail(error);
				else
					exchange();
			});
	}

	void exchange()
	{
		auto self = shared_from_this();

		boost::asio::async_write(
			socket, boost::asio::buffer(text),
			[this, self](error_code error, std::size_t) {
				if (error)
					fail(error);
				else
					read();
			});
	}

	void read()
	{
		auto self = shared_from_this();

		boost::asio::async_read(
			socket, boost::asio::buffer(back),
			[this, self](error_code error, std::size_t) {
				if (error)
					return fail(error);
				bad += text != back;
				if (++round < rounds)
					exchange();
			});
	}

	void fail(error_code error)
	{
		std::fprintf(stderr, "%s\n", error.message().c_str());
		bad++;
	}
};

} // namespace

int main(int argc, char **argv)
{
	boost::asio::io_context context;

	if (argc == 3 && std::strcmp(argv[1], "server") == 0) {
		tcp::acceptor acceptor(
			context,
			tcp::endpoint(tcp::v4(), std::stoi(argv[2])));

		accept_next(acceptor);
		context.run();
	}
	if (argc != 4)
		return 2;
	tcp::resolver resolver(context);
	auto to = resolver.resolve(argv[2], argv[3]);

	for (int i = 0; i < connections; i++)
		std::make_shared<client>(context, i)->connect(to);
	context.run();
	std::printf("%d connections, %d bad\n", connections, bad);
	return bad != 0;
}
