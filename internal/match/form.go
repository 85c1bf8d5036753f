package match

import "strings"

// forms are the ways to write legal forms, folded and without punctuation, by
// what they are. Forms of different countries that mean about the same are told
// apart: they are different companies.
var forms = formsOf(`
	inc: inc, incorporated
	corp: corp, corporation
	co: co, company, cie, compagnie
	ltd: ltd, limited, co ltd, company limited, co limited, ltd co
	llc: llc, limited liability company, llc co
	llp: llp
	lllp: lllp
	lp: lp, limited partnership
	pllc: pllc
	pc: pc
	plc: plc, public limited company
	dac: dac, designated activity company
	clg: clg
	uc: uc, unlimited company
	cic: cic
	pty ltd: pty ltd, pty limited, proprietary limited, pty
	pte ltd: pte ltd, pte limited, private limited, pvt ltd, pvt limited, p ltd
	sdn bhd: sdn bhd
	bhd: bhd, berhad
	pt: pt, pt tbk, tbk, perseroan terbatas
	pcl: pcl, public company limited
	gmbh: gmbh, gesellschaft mit beschrankter haftung, gesmbh, mbh
	ggmbh: ggmbh
	gmbh co kg: gmbh co kg, gmbh cokg
	ag co kg: ag co kg
	kgaa: kgaa, gmbh co kgaa, ag co kgaa, se co kgaa
	ag: ag, aktiengesellschaft
	kg: kg
	ohg: ohg
	ug: ug, ug haftungsbeschrankt
	ev: ev
	eg: eg
	ek: ek
	gbr: gbr
	se: se, societas europaea
	sa: sa, societe anonyme, sociedad anonima, sociedade anonima
	sas: sas, societe par actions simplifiee
	sasu: sasu
	sarl: sarl, societe a responsabilite limitee
	eurl: eurl
	snc: snc
	sci: sci
	scop: scop
	spa: spa, societa per azioni
	srl: srl, societa a responsabilita limitata, sociedad de responsabilidad limitada
	srls: srls
	sl: sl, sociedad limitada
	slu: slu
	sau: sau
	sa de cv: sa de cv, sab de cv, sapi de cv
	s de rl de cv: s de rl de cv, sde rl de cv, s de rl
	ltda: ltda, limitada, ltda me
	eireli: eireli
	lda: lda
	bv: bv, besloten vennootschap
	nv: nv, naamloze vennootschap
	vof: vof
	bvba: bvba
	sprl: sprl
	ab: ab, aktiebolag, ab publ
	hb: hb
	oy: oy, osakeyhtio, oy ab
	oyj: oyj, abp
	as: as, aksjeselskap, anonim sirketi, aktieselskab
	asa: asa
	aps: aps, anpartsselskab
	is: ivs
	hf: hf
	ehf: ehf
	ou: ou, osauhing
	sia: sia
	uab: uab
	sp z oo: sp z oo, spolka z ograniczona odpowiedzialnoscia, sp zoo, spzoo
	sp k: sp k, spk
	sp j: sp j, spj
	sro: sro, spol s ro, spol sro
	vos: vos
	doo: doo
	dd: dd
	ad: ad, ead
	ood: ood, eood
	kft: kft
	zrt: zrt
	nyrt: nyrt
	bt: bt
	sti: ltd sti, limited sirketi, sti
	ae: ae, αε
	epe: epe, επε
	ike: ike, ικε
	ооо: ооо, ooo, общество с ограниченнои ответственностью
	ао: ао, зао, оао, пао, zao, oao, pao
	ип: ип
	тов: тов, tov
	ат: ат, прат
	jsc: jsc, ojsc, pjsc, cjsc, joint stock company
	kk: kk, kabushiki kaisha, kabushikigaisha, co kk
	gk: gk, godo kaisha
	yk: yk
	fze: fze, fzco, fz llc, fzllc, fzc
	wll: wll
	saog: saog
`)

// formsInFront are forms that stand before the name.
var formsInFront = setOf("ооо ао зао оао пао ип тов ат прат ooo zao oao pao pt uab sia cv")

// formsWithin are forms that are written without a space, in front or behind,
// by what they are.
var formsWithin = []struct{ text, form string }{
	{"股份有限公司", "股份"},
	{"有限责任公司", "有限"},
	{"有限責任公司", "有限"},
	{"有限公司", "有限"},
	{"股份公司", "股份"},
	{"公司", "公司"},
	{"株式会社", "kk"},
	{"(株)", "kk"},
	{"有限会社", "yk"},
	{"(有)", "yk"},
	{"合同会社", "gk"},
	{"주식회사", "주식회사"},
	{"(주)", "주식회사"},
	{"유한회사", "유한회사"},
}

// maxForm is how many words a form has at most.
const maxForm = 5

// formsOf reads lines of "what: way, way".
func formsOf(text string) map[string]string {
	table := map[string]string{}
	for line := range strings.Lines(text) {
		what, ways, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for way := range strings.SplitSeq(ways, ", ") {
			table[way] = what
		}
	}
	return table
}
