{ SPDX-License-Identifier: MIT }
{ Free Pascal, whose run-time makes its own system calls.

  echo server    serves port 7103 by HTTP, one client at a time
  echo client    posts 300 kB, and "answered" if all of it came back }
program echo;
{$mode objfpc}{$H+}
uses
  classes, sysutils, fphttpserver, fphttpclient;

type
  TEcho = class(TFPHTTPServer)
  public
    procedure HandleRequest(var request: TFPHTTPConnectionRequest;
      var response: TFPHTTPConnectionResponse); override;
  end;

procedure TEcho.HandleRequest(var request: TFPHTTPConnectionRequest;
  var response: TFPHTTPConnectionResponse);
begin
  response.content := request.content;
end;

procedure serve;
var
  server: TEcho;
begin
  server := TEcho.create(nil);
  server.port := 7103;
  server.active := true;
end;

procedure ask;
var
  body, answer: string;
  client: TFPHTTPClient;
begin
  body := stringofchar('x', 300000);
  client := TFPHTTPClient.create(nil);
  client.requestbody := TStringStream.create(body);
  answer := client.post('http://10.0.0.5:7103/');
  if trim(answer) = body then
    writeln('answered');
end;

begin
  if paramstr(1) = 'server' then
    serve
  else
    ask;
end.
