package match

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxAddress is the longest host that can be on the internet.
const maxAddress = 253

// Domain returns the domain that a company registered, "acme.co.uk", of a web
// address, a host or an e-mail address. It is empty for what is none, and for
// domains that many companies share: of providers of mail, and pages on a
// platform such as a social network.
func Domain(address string) string {
	host, isPage := hostOf(address)
	if host == "" || len(host) > maxAddress {
		return ""
	}
	if last := host[strings.LastIndexByte(host, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return "" // an address of a machine
	}
	if !isPlain(host) || strings.Contains(host, "--") || strings.ContainsFunc(host, isOutsideHost) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return ""
		}
		host = ascii
	}
	if suffix, _ := publicsuffix.PublicSuffix(host); slices.Contains(privateNames, suffix) {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || IsShared(domain) || isPage && slices.Contains(platforms, domain) {
		return ""
	}
	return domain
}

// isOutsideHost reports whether a character stands in no host.
func isOutsideHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
}

// hostOf takes an address apart; isPage says that something more than the host
// is named.
func hostOf(address string) (host string, isPage bool) {
	const most = 2048
	s := strings.ToLower(strings.TrimSpace(address))
	if len(s) > most || strings.ContainsAny(s, " \t\r\n,;") {
		return "", false
	}
	s = strings.TrimPrefix(s, "mailto:")
	if _, after, ok := strings.Cut(s, "://"); ok {
		s = after
	}
	s, path := cutAny(s, "/?#")
	isPage = strings.Trim(path, "/") != ""
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		s = s[at+1:]
	}
	s, _, _ = strings.Cut(s, ":")
	return strings.Trim(s, "."), isPage
}

func cutAny(s, separators string) (before, after string) {
	if i := strings.IndexAny(s, separators); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// IsShared reports whether a registered domain belongs to a provider of mail,
// and so says nothing of a company.
func IsShared(domain string) bool {
	if _, ok := mailDomains[domain]; ok {
		return true
	}
	name, _, _ := strings.Cut(domain, ".")
	return slices.Contains(mailNames, name)
}

// privateNames are ends of hosts that are on nobody's internet.
var privateNames = []string{"arpa", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost", "onion", "corp"}

// platforms are domains under whose pages many companies present themselves.
var platforms = []string{
	"facebook.com", "fb.com", "github.com", "gitlab.com", "google.com", "instagram.com", "linkedin.com", "medium.com", "pinterest.com",
	"tiktok.com", "twitter.com", "vk.com", "wikipedia.org", "x.com", "xing.com", "yelp.com", "youtube.com", "linktr.ee", "etsy.com", "ebay.com", "amazon.com",
}

// mailNames are providers of mail with a domain in many countries.
var mailNames = []string{"aol", "gmx", "hotmail", "live", "msn", "outlook", "rocketmail", "yahoo", "ymail", "yandex", "gmail", "googlemail"}

// mailDomains are providers of mail for everybody, and of addresses that are
// thrown away.
var mailDomains = setOf(`
	10minutemail.com 126.com 139.com 163.com 163.net 189.cn 21cn.com abv.bg adelphia.net alice.it aliyun.com arcor.de att.net
	bellsouth.net bigpond.com bigpond.net.au bk.ru bluewin.ch bluemail.ch bol.com.br bol.com btinternet.com btopenworld.com cableone.net caramail.com centrum.cz
	centurylink.net charter.net chello.at chello.nl club-internet.fr comcast.net cox.net daum.net discard.email dispostable.com earthlink.net email.com email.cz eircom.net
	fakeinbox.com fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de frontier.com frontiernet.net getnada.com globo.com globomail.com guerrillamail.com hanmail.net hetnet.nl hey.com
	home.nl hushmail.com i.ua icloud.com ig.com.br inbox.com inbox.lv inbox.ru indiatimes.com interia.pl internode.on.net juno.com kakao.com kpnmail.nl laposte.net
	libero.it list.ru live.com lycos.com mac.com mail.com mail.ee mail.ru mailbox.org mailinator.com maildrop.cc me.com mindspring.com mynet.com nate.com naver.com neostrada.pl netscape.net neuf.fr
	netzero.net ntlworld.com numericable.fr o2.pl online.de online.no onet.eu onet.pl optimum.net optonline.net optusnet.com.au orange.fr outlook.com pacbell.net passport.com planet.nl pm.me poczta.onet.pl posteo.de prodigy.net prodigy.net.mx
	proton.me protonmail.ch protonmail.com qq.com r7.com rambler.ru rediff.com rediffmail.com roadrunner.com rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sharklasers.com sina.cn
	sina.com sky.com skynet.be sohu.com spamgourmet.com suddenlink.net sympatico.ca t-online.de talk21.com talktalk.net telenet.be telefonica.net telia.com telus.net temp-mail.org tempmail.com terra.com.br terra.es throwaway.email tin.it
	tiscali.co.uk tiscali.it tom.com trashmail.com tuta.com tuta.io tutanota.com tvcablenet.be ukr.net uol.com.br upcmail.nl verizon.net videotron.ca videotron.qc.ca virgilio.it virgin.net virginmedia.com vodafone.it voila.fr volny.cz
	wanadoo.fr wanadoo.es web.de windowslive.com windstream.net wp.pl xs4all.nl xtra.co.nz yeah.net yopmail.com zeelandnet.nl ziggo.nl zipmail.com.br zohomail.com zoznam.sk`)

func setOf(words string) map[string]struct{} {
	set := map[string]struct{}{}
	for _, w := range strings.Fields(words) {
		set[w] = struct{}{}
	}
	return set
}
