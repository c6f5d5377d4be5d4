using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Hosting;
using EdgeAgent.Tests.Cli;
using MQTTnet;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// Plants made-up personal data in everything a terminal can send to a real process (questions, once and again, feedback,
/// commands; over HTTP too, with streams that are cut off), updates its student and kills it on the way, and looks for any of it
/// afterwards: state directory, logs, standard output and error (the journal), and every topic but the asker's own.
/// 300 values; 10,000 with EDGE_AGENT_FULL.
/// </summary>
public sealed class CanaryTests
{
    private static readonly int Values = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 300 : 10_000;

    [Fact]
    public async Task Run_PlantedValues_LeaveNoTraceButToTheAsker()
    {
        using var state = new TemporaryDirectory();
        var config = state.Path + ".json"; // beside the state directory, not in it
        using var fleet = new TemporaryDirectory();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Directory.CreateDirectory(fleet.File("keys"));
        await File.WriteAllTextAsync(Path.Combine(fleet.File("keys"), "test.pem"), key.ExportSubjectPublicKeyInfoPem(),
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(config,
            $$$"""
            {
              "Logs": { "Level": "Verbose" },
              "Student": { "Threads": 1, "Spinning": false, "Rows": 4 },
              "Updates": { "Keys": "{{{fleet.File("keys")}}}", "TrialSeconds": 0.3, "Canary": 0.5 }
            }
            """, TestContext.Current.CancellationToken);
        var journal = new ConcurrentQueue<string>();
        var overheard = new ConcurrentQueue<string>();
        var planted = Canary.Make(Values, seed: 5);
        var replies = 0;
        try
        {
            // every life ends another way: killed, aborted, stopped
            string[] ends = ["KILL", "ABRT", "TERM"];
            var perLife = (planted.Count + ends.Length - 1) / ends.Length;
            for (var life = 0; life < ends.Length; life++)
                replies += await LiveAsync(state.Path, config, NewBundle(fleet.File($"v{life}"), 20 + life, key),
                    planted.Skip(life * perLife).Take(perLife).ToList(), ends[life], journal, overheard);
            Assert.True(File.Exists(Path.Combine(state.Path, "models", "serving.json")), "no update was committed while values came in");
            Assert.Contains(overheard, IsCommitted);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{planted.Count} values, {replies} replies, {overheard.Count} messages overheard");
            Assert.True(replies > planted.Count / 2, $"{replies} replies: the queries did not arrive");
            var haystack = new List<(string Where, byte[] Content)> { ("journal", Encoding.UTF8.GetBytes(string.Join('\n', journal))),
                ("topics", Encoding.UTF8.GetBytes(string.Join('\n', overheard))) };
            haystack.AddRange(Directory.GetFiles(state.Path, "*", SearchOption.AllDirectories).Select(f => (f, File.ReadAllBytes(f))));
            // there is something to look at
            Assert.Contains(haystack, h => h.Where.EndsWith(".jsonl", StringComparison.Ordinal) && h.Content.Length > 0);
            Assert.NotEmpty(overheard);
            var search = new Canary.Search(planted);
            Assert.Empty(haystack.SelectMany(h => search.Find(h.Content).Select(v => $"{v} in {h.Where}")).Take(10));
            Assert.Empty(Directory.GetFiles(state.Path, "core*", SearchOption.AllDirectories));
        }
        finally
        {
            File.Delete(config);
        }
    }

    /// <summary>The search must be able to find: every encoding of a planted value.</summary>
    [Fact]
    public void Search_EveryEncoding_IsSeen()
    {
        var planted = Canary.Make(104, seed: 9);
        var search = new Canary.Search(planted);
        foreach (var value in planted)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(value), padded = [.. "pq"u8, .. utf8, .. "zz"u8], padded1 = [.. "p"u8, .. utf8, .. "zz"u8];
            foreach (var form in new[] { utf8, Encoding.ASCII.GetBytes(Uri.EscapeDataString(value)),
                Encoding.ASCII.GetBytes(Convert.ToBase64String(padded)), Encoding.ASCII.GetBytes(Convert.ToBase64String(padded1)),
                Encoding.ASCII.GetBytes(Convert.ToBase64String(utf8)), Encoding.Unicode.GetBytes(value),
                Encoding.BigEndianUnicode.GetBytes(value), Encoding.ASCII.GetBytes(JsonValue.Create(value)!.ToJsonString()) })
                Assert.Contains(value, search.Find([.. "x "u8, .. form, .. " y"u8]));
            // numbers regrouped; codes that mix letters and digits are not written so
            if (value.Count(char.IsAsciiDigit) >= 8 && !System.Text.RegularExpressions.Regex.IsMatch(value, "[0-9][A-Za-z:]+[0-9]"))
                Assert.Contains(value, search.Find(Encoding.UTF8.GetBytes(string.Join('-', value.Chunk(3).Select(c => new string(c))))));
        }
        Assert.Empty(search.Find("nothing here 12345678901 张三丰"u8.ToArray()));
    }

    /// <summary>One life of the process: asks in every way, then ends it. Returns how many replies came.</summary>
    private static async Task<int> LiveAsync(string state, string config, string bundle, List<string> values, string end,
        ConcurrentQueue<string> journal, ConcurrentQueue<string> overheard)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Process.Start(AgentProcess.Info("run", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--state", state,
            "--config", config))!;
        var ready = new TaskCompletionSource<(int Port, Uri Http)>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, e) => Hear(e.Data);
        process.ErrorDataReceived += (_, e) => Hear(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var (port, http) = await ready.Task.WaitAsync(Waiting.Limit, cancellation);
        using var client = new HttpClient { BaseAddress = http };
        var replies = 0;
        using var spy = await ConnectAsync(port, "spy", "#", m =>
        {
            if (m.Topic == "clients/asker/rsp") Interlocked.Increment(ref replies);
            else if (!OfAskers(m.Topic))
                overheard.Enqueue(
                    $"{m.Topic} {Encoding.UTF8.GetString(m.Payload.ToArray())} " +
                    $"{string.Join(' ', m.UserProperties?.Select(p => Encoding.UTF8.GetString(p.ValueBuffer.Span)) ?? [])}");
        }, cancellation);
        using var asker = await ConnectAsync(port, "asker", "clients/asker/rsp", _ => { }, cancellation);
        var update = JsonNode.Parse("{}")!.AsObject();
        (update["bundle"], update["url"]) = (BundleId.Of(bundle), new Uri(bundle + "/").AbsoluteUri);
        for (var i = 0; i < values.Count; i++)
        {
            if (i == values.Count / 3)
                await asker.PublishAsync(Plain($"edge/v1/local/edge-1/cmd/model-update/u{Path.GetFileName(bundle)}", update.ToJsonString()),
                    cancellation);
            foreach (var message in Messages(values[i], i)) await asker.PublishAsync(message, cancellation);
            if (i % 4 == 0) await AskHttpAsync(client, values[i], i / 4, cancellation);
            // 16 queries run at once; a refusal is a reply too, but most should be answered
            if (i % 8 == 7) for (var waited = 0; Volatile.Read(ref replies) < i && waited < 100; waited++)
                await Task.Delay(10, cancellation);
        }
        for (var waited = 0; Volatile.Read(ref replies) < values.Count && waited < 3000; waited++) await Task.Delay(10, cancellation);
        // the update ends while somebody asks
        for (var waited = 0; end == "TERM" && waited < 600 && !overheard.Any(IsCommitted); waited++)
        {
            foreach (var message in Messages(values[waited % values.Count], 100_000 + waited))
                await asker.PublishAsync(message, cancellation);
            await Task.Delay(50, cancellation);
        }
        using (var kill = Process.Start("kill", [$"-{end}", process.Id.ToString(CultureInfo.InvariantCulture)])!)
            await kill.WaitForExitAsync(cancellation);
        // the runtime's handler of an abort from outside may hang in itself; a supervisor kills then
        using var timeout = new CancellationTokenSource(end == "ABRT" ? TimeSpan.FromSeconds(3) : Waiting.Limit);
        await process.WaitForExitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (end == "ABRT" && !process.HasExited) process.Kill();
        await process.WaitForExitAsync(cancellation).WaitAsync(Waiting.Limit, cancellation);
        return replies;

        void Hear(string? line)
        {
            if (line is null) return;
            journal.Enqueue(line);
            if (line.StartsWith("edge-agent ready: ", StringComparison.Ordinal))
                ready.TrySetResult((int.Parse(line.Split(',')[0].Split(':')[^1], CultureInfo.InvariantCulture),
                    new Uri(line.Split(' ')[^1] + "/")));
        }
    }

    /// <summary>The ways a value can reach the device over HTTP. Of a stream the first bytes are read; then it is cut off.</summary>
    private static async Task AskHttpAsync(HttpClient client, string value, int i, CancellationToken cancellation)
    {
        var escaped = JsonValue.Create(value)!.ToJsonString();
        var rest = $$"""{"role":"user","content":{{escaped}}}],"max_tokens":8""";
        using var request = (i % 6) switch
        {
            0 => Post("chat/completions", $$"""{"messages":[{{rest}}}"""),
            1 or 2 => Post("chat/completions", $$"""{"stream":true,"messages":[{{rest}},"user":{{escaped}}}"""),
            3 => Post("chat/completions", $$"""{"model":{{escaped}},"messages":[{{rest}},"stop":{{escaped}}"""), // cut off
            4 => new HttpRequestMessage(HttpMethod.Get, $"{Uri.EscapeDataString(value)}?q={Uri.EscapeDataString(value)}"),
            _ => Post("feedback", $$"""{"answer_id":"019ac2f1d0007abc8def0123456789ab","rating":1,"comment":{{escaped}}}"""),
        };
        request.Headers.TryAddWithoutValidation("X-Client-Request-Id", Uri.EscapeDataString(value));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + Uri.EscapeDataString(value));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        Assert.NotEqual(System.Net.HttpStatusCode.InternalServerError, response.StatusCode);
        if (i % 6 is 1 or 2 && response.IsSuccessStatusCode)
            await (await response.Content.ReadAsStreamAsync(cancellation)).ReadExactlyAsync(new byte[10], cancellation);

        static HttpRequestMessage Post(string path, string body) =>
            new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }

    private static bool IsCommitted(string heard) =>
        heard.Contains("/cmd/model-update/", StringComparison.Ordinal) && heard.Contains("\"committed\"", StringComparison.Ordinal);

    /// <summary>Topics the values themselves came in on.</summary>
    private static bool OfAskers(string topic) =>
        topic.EndsWith("/query", StringComparison.Ordinal) || topic.EndsWith("/cancel", StringComparison.Ordinal)
        || topic.EndsWith("/feedback", StringComparison.Ordinal)
        || topic.Contains("/cmd/", StringComparison.Ordinal) && !topic.EndsWith("/status", StringComparison.Ordinal);

    private static async Task<IMqttClient> ConnectAsync(int port, string id, string filter, Action<MqttApplicationMessage> heard,
        CancellationToken cancellation)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += e =>
        {
            heard(e.ApplicationMessage);
            return Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId(id)
            .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).WithReceiveMaximum(ushort.MaxValue).Build(), cancellation);
        await client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(filter).Build(), cancellation);
        return client;
    }

    /// <summary>The ways a value can reach the device: good questions of several kinds, and every error we know.</summary>
    private static IEnumerable<MqttApplicationMessage> Messages(string value, int i)
    {
        var escaped = JsonValue.Create(value)!.ToJsonString();
        var question = $$"""{"messages":[{"role":"user","content":{{escaped}}}],"max_tokens":4}""";
        var unquoted = value.Replace("\"", "", StringComparison.Ordinal);
        var tooLong = JsonValue.Create(string.Concat(Enumerable.Repeat(value + " ", 400)))!.ToJsonString();
        yield return Query(i, (i % 12) switch
        {
            0 or 1 or 2 => question,
            3 =>
                $$"""{"messages":[{"role":"system","content":{{escaped}}},{"role":"user","content":"联系人电话{{unquoted}}"}],"""
                + $$""" "max_tokens":4,"conversation":{{escaped}},"user":{{escaped}}}""",
            4 => $$"""{"messages":[{"role":{{escaped}},"content":"x"}]}""",
            5 => $$"""{"model":{{escaped}},"messages":[{"role":"user","content":"x"}]}""",
            6 => $$"""{"messages":[{"role":"user","content":{{escaped}}""", // cut off
            7 => $$"""{ {{escaped}}: 1, "messages":[{"role":"user","content":{{escaped}}}],"max_tokens":{{escaped}}}""",
            8 => $$"""{"messages":[{"role":"user","content":{{tooLong}}}]}""",
            9 => $$"""{"messages":[{"role":"user","content":{{escaped}}}],"stop":[{{escaped}}],"max_tokens":4,"stream":false}""",
            10 => value, // plain text
            _ => question,
        }, (i % 12) == 10 ? "text/plain" : "application/json");
        // asked again by others, it may be learned
        if (i % 12 is 0 or 10) yield return Query(1_000_000 + i, question, "application/json");
        if (i % 12 is 0 or 10) yield return Query(2_000_000 + i, question, "application/json");
        if (i % 12 is 1 or 2 or 9)
            yield return Plain("edge/v1/local/edge-1/feedback",
                $$"""{"answer_id":{{(i % 12 == 9 ? escaped : "\"019ac2f1d0007abc8def0123456789ab\"")}},"""
                + $$""" "rating":{{1 + i % 5}},"resolved":true,"comment":{{escaped}}}""");
        if (i % 12 == 4)
            yield return Plain("edge/v1/local/edge-1/cmd/answers-correct/c" + i.ToString(CultureInfo.InvariantCulture),
                $$"""{"questions":[],"answer":{{escaped}}}""");
        if (i % 12 == 6)
            yield return Plain("edge/v1/local/edge-1/cmd/model-update/x" + i.ToString(CultureInfo.InvariantCulture),
                $$"""{"bundle":{{escaped}},"url":{{escaped}}}""");
        if (i % 12 == 7)
            yield return Plain("edge/v1/local/edge-1/cmd/answers-purge/p" + i.ToString(CultureInfo.InvariantCulture),
                $$"""{"match":{{escaped}}}""");
        if (i % 12 == 11)
            yield return new MqttApplicationMessageBuilder().WithTopic("edge/v1/local/edge-1/cancel")
                .WithPayload($$"""{"id":{{escaped}}}""").WithResponseTopic("clients/asker/rsp")
                    .WithCorrelationData(BitConverter.GetBytes(i)).Build();
        if (i % 12 == 5)
            yield return new MqttApplicationMessageBuilder().WithTopic("edge/v1/local/edge-1/query").WithPayload(question)
                .WithResponseTopic($"nowhere/{Uri.EscapeDataString(value)}").WithCorrelationData(BitConverter.GetBytes(i)).Build();
    }

    private static MqttApplicationMessage Plain(string topic, string payload) =>
        new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload)
            .WithQualityOfServiceLevel(MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce).Build();

    private static string NewBundle(string directory, long release, ECDsa key)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in Directory.GetFiles(Path.Combine(SharedData.Repository, "provisioning", "models",
            AgentSettings.BundledStudent))) File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        (StudentManifest.Load(directory) with { Release = release }).Save(directory);
        ModelSigner.SignWithKey(directory, Path.Combine(directory, Bundle.SignatureFileName), key,
            new SignOptions { ShardSize = 64 << 10 });
        return directory;
    }

    private static MqttApplicationMessage Query(int i, string payload, string type) =>
        new MqttApplicationMessageBuilder().WithTopic("edge/v1/local/edge-1/query").WithPayload(payload).WithContentType(type)
            .WithResponseTopic("clients/asker/rsp").WithCorrelationData(BitConverter.GetBytes(i)).Build();
}

/// <summary>Made-up values of every kind, and the search for them in all the guises a leak could have.</summary>
internal static class Canary
{
    private static readonly string Surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", Given = "浩宇梓涵欣怡俊杰雨桐思远晨曦嘉懿诗涵皓轩";

    public static List<string> Make(int count, int seed)
    {
        var random = new Random(seed);
        string Digits(int n) => string.Concat(Enumerable.Range(0, n).Select(_ => (char)('0' + random.Next(10))));
        string Letters(int n) => string.Concat(Enumerable.Range(0, n).Select(_ => (char)('a' + random.Next(26))));
        char Of(string s) => s[random.Next(s.Length)];
        return [.. Enumerable.Range(0, count).Select(i => (i % 26) switch
        {
            0 => $"138{Digits(8)}",
            1 => $"{Letters(6)}.{Letters(5)}@{Letters(7)}.cn",
            // no real name has five characters: none can be in a text by chance
            2 => $"{Of(Surnames)}{Of(Given)}{Of(Given)}{Of(Given)}{Of(Given)}",
            3 => $"4{Digits(15)}",
            4 => $"11010119900307{Digits(4)}",
            5 => $"AKIA{Letters(16).ToUpperInvariant()}",
            6 => $"+49 30 {Digits(3)} {Digits(5)}",
            7 => $"{Letters(7)} {Letters(9)}",
            8 => $"DE{Digits(20)}",
            9 => $"沪A·{Digits(5)}",
            10 => $"10.{random.Next(256)}.{random.Next(256)}.{Digits(2)}{Letters(4)}",
            11 => $"{Letters(8)}路{Digits(3)}号{Digits(4)}室",
            12 => $"E{Digits(8)}",
            // two digits more than a social security number: no value of these is in a text by chance
            13 => $"{Digits(3)}-{Digits(2)}-{Digits(4)}{Digits(2)}",
            14 => string.Join(':', Enumerable.Range(0, 6).Select(_ => $"{random.Next(256):X2}")),
            15 => $"1HGCM{Digits(5)}A{Digits(6)}",
            16 => $"IMEI 49{Digits(13)}",
            17 => $"bc1q{Letters(38)}",
            18 => $"eyJ{Letters(20)}.{Letters(24)}.{Letters(16)}",
            19 => $"微信 wx_{Letters(9)}{Digits(3)}",
            20 => $"QQ {1 + random.Next(9)}{Digits(9)}",
            21 => $"9135{Digits(4)}MA{Digits(8)}",
            22 => $"31.{Digits(6)},121.{Digits(6)}",
            23 => $"工号 {Letters(2).ToUpperInvariant()}{Digits(8)}",
            24 => $"-----BEGIN PRIVATE KEY-----{Letters(40)}-----END PRIVATE KEY-----",
            _ => $"https://{Letters(6)}:{Letters(10)}@{Letters(8)}.org/x",
        })];
    }

    public sealed class Search
    {
        private readonly Dictionary<string, string> _forms = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _numbers = new(StringComparer.Ordinal);
        private readonly SearchValues<string> _any, _anyNumber;

        public Search(IReadOnlyList<string> values)
        {
            foreach (var value in values)
            {
                var utf8 = Encoding.UTF8.GetBytes(value);
                foreach (var form in new[] { Latin(utf8), Uri.EscapeDataString(value), Latin(Encoding.Unicode.GetBytes(value)),
                    Latin(Encoding.BigEndianUnicode.GetBytes(value)),
                    JsonValue.Create(value)!.ToJsonString().Trim('"') }.Concat(Enumerable.Range(0, 3)
                        .Select(shift => Inner64(utf8, shift))))
                    _forms.TryAdd(form, value);
                var digits = string.Concat(value.Where(char.IsAsciiDigit));
                if (digits.Length >= 8) _numbers.TryAdd(digits, value);
            }
            (_any, _anyNumber) = (SearchValues.Create([.. _forms.Keys], StringComparison.Ordinal),
                SearchValues.Create([.. _numbers.Keys], StringComparison.Ordinal));
        }

        /// <summary>The planted values in the content, in any guise.</summary>
        public List<string> Find(byte[] content)
        {
            var text = Latin(content);
            var joined = new StringBuilder(); // digits regrouped by blanks and marks are one number
            for (var i = 0; i < text.Length; i++)
                if (!(text[i] is ' ' or '-' or '.' or ',' or '/' or '(' or ')' && joined.Length > 0 && char.IsAsciiDigit(joined[^1])))
                    joined.Append(text[i]);
            return [.. Hits(text, _any, _forms), .. Hits(joined.ToString(), _anyNumber, _numbers)];
        }

        private static IEnumerable<string> Hits(string text, SearchValues<string> any, Dictionary<string, string> forms)
        {
            for (var from = 0; from < text.Length;)
            {
                var at = text.AsSpan(from).IndexOfAny(any);
                if (at < 0) yield break;
                var start = from + at;
                foreach (var form in forms.Where(f => string.CompareOrdinal(text, start, f.Key, 0, f.Key.Length) == 0))
                    yield return form.Value;
                from = start + 1;
            }
        }

        private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);

        /// <summary>What stays the same of a value's base64 wherever in a longer text it stands.</summary>
        private static string Inner64(byte[] value, int shift)
        {
            var encoded = Convert.ToBase64String([.. new byte[shift], .. value]);
            var (from, to) = ((shift * 8 + 5) / 6, (shift + value.Length) * 8 / 6);
            return encoded[from..to];
        }
    }
}
