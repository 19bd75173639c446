// A mock server by openapi-backend as its documentation shows it: `node backend.js SPEC PORT`.
const fs = require("node:fs");
const http = require("node:http");
const { OpenAPIBackend } = require("openapi-backend");

const [spec, port] = process.argv.slice(2);

function answer(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

const api = new OpenAPIBackend({
  definition: JSON.parse(fs.readFileSync(spec, "utf8")),
  quick: true, // else it holds the document against OpenAPI 3.0, finds 3.1's words and serves nothing
  handlers: {
    notFound: (context, request, response) => answer(response, 404, { error: "not found" }),
    validationFail: (context, request, response) => answer(response, 400, { error: context.validation.errors }),
    notImplemented: (context, request, response) => {
      const { status, mock } = context.api.mockResponseForOperation(context.operation.operationId);
      answer(response, status, mock);
    },
  },
});

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks).toString();
    api.handleRequest({ method, path: url, headers, body }, request, response).catch((error) => {
      answer(response, 500, { error: String(error) });
    });
  });
});

api.init().then(() => server.listen(Number(port), "127.0.0.1"));
