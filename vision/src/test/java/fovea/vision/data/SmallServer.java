package fovea.vision.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Serves bytes by HTTP on this machine, and can be told to break off.
final class SmallServer implements AutoCloseable {
  final Map<String, byte[]> files = new ConcurrentHashMap<>();

  /// After how many bytes of an answer's body the connection is cut, once.
  final Map<String, Integer> cuts = new ConcurrentHashMap<>();

  /// What was asked for: `"/a"`, or `"/a from 100"`.
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  boolean ranges = true;
  private final ServerSocket socket;

  SmallServer() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              while (!socket.isClosed()) {
                try {
                  var connection = socket.accept();
                  Thread.ofVirtual().start(() -> serve(connection));
                } catch (IOException e) {
                  return; // closed
                }
              }
            });
  }

  String url(String path) {
    return "http://127.0.0.1:" + socket.getLocalPort() + path;
  }

  private void serve(Socket connection) {
    try (connection) {
      var in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
      var path = List.of(in.readLine().split(" ")).get(1);
      int from = 0;
      for (var line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
        if (ranges && line.toLowerCase(Locale.ROOT).startsWith("range: bytes=")) {
          from = Integer.parseInt(line.substring(13, line.length() - 1));
        }
      }
      requests.add(from == 0 ? path : path + " from " + from);
      var file = files.get(path);
      var out = connection.getOutputStream();
      if (file == null || from > file.length) {
        out.write(
            "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .formatted(file == null ? "404 Not Found" : "416 Range Not Satisfiable")
                .getBytes(StandardCharsets.US_ASCII));
        return;
      }
      var body = Arrays.copyOfRange(file, from, file.length);
      out.write(
          "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
              .formatted(from > 0 ? "206 Partial Content" : "200 OK", body.length)
              .getBytes(StandardCharsets.US_ASCII));
      var cut = cuts.remove(path);
      out.write(body, 0, cut == null ? body.length : Math.min(cut, body.length));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
