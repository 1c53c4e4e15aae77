/* SPDX-License-Identifier: MIT */
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Fetches a URL with the JDK's own client. */
class Ask {
	public static void main(String[] args) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(args[0])).build();
		System.out.print(HttpClient.newHttpClient()
			.send(request, HttpResponse.BodyHandlers.ofString()).body());
	}
}
