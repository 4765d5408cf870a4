// Take webhooks, and believe only what is signed: node receiver.mjs whsec_… 8080 (https is the proxy's).
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
const key = Buffer.from(process.argv[2].replace(/^whsec_/, ""), "base64");

function isGenuine(headers, body) {
  const { "webhook-id": told, "webhook-timestamp": at, "webhook-signature": signatures = "" } = headers;
  if (!/^[0-9]+$/.test(at ?? "") || Math.abs(Date.now() / 1000 - at) > 300) return false;
  const digest = createHmac("sha256", key).update(`${told}.${at}.`).update(body).digest("base64");
  const wanted = Buffer.from(`v1,${digest}`);
  return signatures.split(" ").map((each) => Buffer.from(each))
    .some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
}

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const genuine = isGenuine(request.headers, body);
  response.writeHead(genuine ? 204 : 401).end();
  if (genuine) console.log(body.toString()); // the webhook-id is the same when it comes again
}).listen(Number(process.argv[3]), "127.0.0.1");
